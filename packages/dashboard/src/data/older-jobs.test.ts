import type { JobView } from "@tributary/federation";
import { expect, it } from "vitest";
import { nextOf } from "./older-jobs.js";

it("goes through a list behind what is known, some at a time, to its end", async () => {
  async function* list() {
    for (let id = 1; id <= 10; id++) yield { id: String(id) } as JobView;
  }
  const source = list();
  const known = new Set(["1", "2", "3", "6"]);
  const read = async () => {
    const { jobs, isWhole } = await nextOf(source, known, 3);
    return [jobs.map(({ id }) => id).join(" "), isWhole];
  };
  expect(await read()).toEqual(["4 5 7", false]);
  expect(await read()).toEqual(["8 9 10", false]);
  expect(await read()).toEqual(["", true]);
});
