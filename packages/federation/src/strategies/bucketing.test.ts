import { describe, expect, it } from "vitest";
import { contextOf, contributionOf, strategyWith } from "../testing/rounds.js";
import type { Contribution } from "./strategy.js";

const ELEMENTS = 100_000;
/** Numbers of all buckets together that a rule has in memory: 16 MiB. */
const WINDOW = 4 * 1024 * 1024;

/** What is read of the updates in a round: how many parts at once, and how many numbers those have together. */
async function readsOf(strategy: object, count: number): Promise<{ readonly reads: number; readonly numbers: number }> {
  const most = { reads: 0, numbers: 0 };
  const now = { reads: 0, numbers: 0 };
  const watched = (contribution: Contribution): Contribution => ({
    ...contribution,
    async read(start, end) {
      now.reads += 1;
      now.numbers += end - start;
      most.reads = Math.max(most.reads, now.reads);
      most.numbers = Math.max(most.numbers, now.numbers);
      const values = await contribution.read(start, end);
      // As a file is read: others come to their turn meanwhile.
      await new Promise(setImmediate);
      now.reads -= 1;
      now.numbers -= end - start;
      return values;
    },
  });
  const values = new Float32Array(ELEMENTS).fill(0.5);
  const updates = Array.from({ length: count }, () => ({ values }));
  const aggregation = strategyWith(strategy).open(contextOf({ strategy, updates }));
  for (const [index, update] of updates.entries())
    await aggregation.fold(watched(contributionOf(update, index, 65_536)));
  await aggregation.complete();
  await aggregation.result(0, ELEMENTS);
  return most;
}

describe("the memory and the open files of bucketing", () => {
  it.each([
    ["a few large buckets", { kind: "bucketing", size: 100, of: { kind: "median" } }, 200],
    ["many small ones", { kind: "bucketing", size: 4, of: { kind: "median" } }, 256],
    ["a rule that streams", { kind: "bucketing", size: 100, of: { kind: "fedavg" } }, 200],
    [
      "buckets of buckets",
      { kind: "bucketing", size: 8, of: { kind: "bucketing", size: 4, of: { kind: "krum" } } },
      200,
    ],
  ])("do not grow with the size of the buckets: %s", async (_, strategy, count) => {
    const { reads, numbers } = await readsOf(strategy, count);
    expect(reads).toBeLessThanOrEqual(32);
    expect(numbers).toBeLessThanOrEqual(WINDOW / 8);
  });
});
