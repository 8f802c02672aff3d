import { afterEach, expect, it, vi } from "vitest";
import { paper } from "./paper.js";

afterEach(() => vi.restoreAllMocks());

/** What the command prints. */
async function printed(...args: string[]): Promise<unknown> {
  const out = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await paper().parseAsync([...args, "--json"], { from: "user" });
  return JSON.parse(String(out.mock.calls.at(-1)?.[0]));
}

it("prints where a table is from, and the paper's number beside ours", async () => {
  expect(
    await printed("scaffold", "--cell", "scaffold-e5-10-lr0.1", "--rounds", "1", "--backend", "wasm"),
  ).toMatchObject({
    ...{ bench: "paper", table: "scaffold", source: expect.stringContaining("table 3") },
    cells: [{ cell: "scaffold-e5-10-lr0.1", paper: 20, rounds: 1, seed: 1 }],
  });
});

it("prints what is kept, and does not run it again", async () => {
  expect(await printed("fedbuff")).toMatchObject({
    source: expect.stringContaining("Nguyen et al. 2022"),
    cells: ["fedavg", "fedavg-over-selection", "fedbuff-k10-lr1", "fedbuff-k10-lr2", "fedbuff-k5-lr1", "fedasync"].map(
      (cell) => ({ cell, outcome: "accuracy" }),
    ),
  });
});
