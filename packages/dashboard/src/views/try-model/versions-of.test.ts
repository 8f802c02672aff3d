import { expect, it } from "vitest";
import { versionsAfter } from "./versions-of.js";

const version = (round: number) => ({ round, digest: "00", size: 1, sentBytes: 1, createdAt: "2026-01-01T00:00:00Z" });

it("reads the versions after a round, and no page more than it takes", async () => {
  const asked: (string | undefined)[] = [];
  const client = {
    models: {
      newest: async (_: string, { cursor }: { readonly cursor?: string } = {}) => {
        asked.push(cursor);
        const from = Number(cursor ?? 9);
        const models = [from, from - 1, from - 2, from - 3].filter((round) => round >= 0).map(version);
        return { models, next: from > 3 ? String(from - 4) : null };
      },
    },
  };
  const rounds = async (after: number) => (await versionsAfter(client, "job", after)).map(({ round }) => round);
  expect(await rounds(-1)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(asked.splice(0)).toEqual([undefined, "5", "1"]);
  expect(await rounds(4)).toEqual([9, 8, 7, 6, 5]);
  expect(asked.splice(0)).toEqual([undefined, "5"]);
  expect(await rounds(8)).toEqual([9]);
  expect(asked).toEqual([undefined]);
});
