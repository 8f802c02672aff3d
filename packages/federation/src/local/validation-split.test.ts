import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trainingCount, validationCount, validationSplit } from "./validation-split.js";

const whole = { fraction: 0.1, minimum: 1 };

describe("what a worker holds back", () => {
  it.each([
    [{ fraction: 0.1, minimum: 1 }, 600, 60],
    [{ fraction: 0.29, minimum: 1 }, 100, 29],
    [{ fraction: 0.1, minimum: 1 }, 19, 1],
    [{ fraction: 0.1, minimum: 1 }, 9, 0],
    [{ fraction: 0.1, minimum: 20 }, 199, 0],
    [{ fraction: 0.1, minimum: 20 }, 200, 20],
    [{ fraction: 0.5, minimum: 1 }, 1, 0],
    [{ fraction: 0.9, minimum: 1 }, 2, 1],
  ])("by %o of %i samples is %i", (holdout, samples, count) => {
    expect(validationCount(holdout, samples)).toBe(count);
    const { training, validation } = validationSplit(holdout, { seed: 1, worker: "alice", samples });
    expect(validation).toHaveLength(count);
    expect(trainingCount(holdout, samples)).toBe(training.length);
    expect(trainingCount(undefined, samples)).toBe(samples);
  });

  it("is this, of this seed and this worker, for ever", () => {
    const split = validationSplit({ fraction: 0.3, minimum: 1 }, { seed: 7, worker: "alice", samples: 10 });
    expect([...split.validation]).toEqual([1, 3, 6]);
  });

  it("is every sample in one of the parts, each in the shard's order, and another for other workers and seeds", () => {
    const shard = fc.record({ seed: fc.nat(), worker: fc.constantFrom("alice", "bob"), samples: fc.nat({ max: 300 }) });
    fc.assert(
      fc.property(shard, fc.double({ min: 0.01, max: 0.9, noNaN: true }), (of, fraction) => {
        const { training, validation } = validationSplit({ fraction, minimum: 1 }, of);
        const all = [...training, ...validation].sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: of.samples }, (_, place) => place));
        for (const part of [training, validation]) expect([...part]).toEqual([...part].sort((a, b) => a - b));
        if (of.samples > 0) expect(training.length).toBeGreaterThan(0);
      }),
    );
    const of = { seed: 1, worker: "alice", samples: 600 };
    expect(validationSplit(whole, of)).toEqual(validationSplit(whole, of));
    expect(validationSplit(whole, { ...of, worker: "bob" })).not.toEqual(validationSplit(whole, of));
    expect(validationSplit(whole, { ...of, seed: 2 })).not.toEqual(validationSplit(whole, of));
  });
});
