import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { summaryOf, type WorkerScore } from "./worker-scores.js";

const score = (worker: string, samples: number, accuracy: number, loss = 1 - accuracy): WorkerScore => ({
  ...{ worker, samples, accuracy, loss },
});

describe("what workers' scores come to", () => {
  it("is nothing of none", () => {
    expect(summaryOf([])).toBeUndefined();
  });

  it("weighs the mean by samples, and counts workers alike in the spread", () => {
    // By hand: (10·0.5 + 30·0.9) / 40 = 0.8; mean of 0.5 and 0.9 is 0.7, each 0.2 from it.
    const summary = summaryOf([score("bob", 30, 0.9, 0.25), score("alice", 10, 0.5, 2)]);
    expect(summary).toMatchObject({ workers: 2, samples: 40 });
    expect(summary?.accuracy.mean).toBeCloseTo(0.8, 12);
    expect(summary?.accuracy.deviation).toBeCloseTo(0.2, 12);
    expect(summary?.accuracy).toMatchObject({ minimum: 0.5, maximum: 0.9, worst: 0.5 });
    // (10·2 + 30·0.25) / 40 = 0.6875; the highest loss is the worst.
    expect(summary?.loss).toEqual({ mean: 0.6875, deviation: 0.875, minimum: 0.25, maximum: 2, worst: 2 });
  });

  it.each([
    [10, 1],
    [11, 2],
    [20, 2],
    [30, 3],
  ])("of %i workers has the mean of the worst %i", (workers, few) => {
    const scores = Array.from({ length: workers }, (_, i) => score(`w${i}`, 5, i / 100));
    const summary = summaryOf(scores);
    expect(summary?.accuracy.worst).toBeCloseTo((few - 1) / 200, 12);
    expect(summary?.loss.worst).toBeCloseTo(1 - (few - 1) / 200, 12);
  });

  it("is the same in whatever order they came, within its bounds", () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), part), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(some, fc.nat(), (list, turn) => {
        const scores = list.map(([samples, accuracy], i) => score(`w${i}`, samples, accuracy));
        const at = turn % scores.length;
        const summary = summaryOf(scores);
        expect(summaryOf([...scores.slice(at), ...scores.slice(0, at)])).toEqual(summary);
        const { minimum, maximum, worst, mean } = summary?.accuracy ?? expect.unreachable();
        for (const value of [worst, mean]) {
          expect(value).toBeGreaterThanOrEqual(minimum - 1e-12);
          expect(value).toBeLessThanOrEqual(maximum + 1e-12);
        }
      }),
    );
  });
});
