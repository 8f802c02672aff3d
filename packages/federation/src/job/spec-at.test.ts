import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turningRounds } from "./check-schedules.js";
import type { JobSpec, JobSpecInput } from "./job-spec.js";
import { checkJobSpec } from "./parse-job-spec.js";
import type { RoundSchedule, Schedules } from "./schedule-spec.js";
import { numberIn, specAt } from "./spec-at.js";

const specOf = (schedules: Schedules, change: Partial<JobSpecInput> = {}): JobSpec =>
  checkJobSpec({
    ...{ model: "lenet5", dataset: "mnist", rounds: 12, training: { epochs: 8, batchSize: 32, weightDecay: 0.1 } },
    ...{ strategy: { kind: "fedadam", serverLearningRate: 0.4 }, cohort: { size: 10 }, schedules, ...change },
  });

const valuesOf = (name: string, schedule: RoundSchedule, change?: Partial<JobSpecInput>): (number | undefined)[] => {
  const spec = specOf({ [name]: schedule }, change);
  return Array.from({ length: 6 }, (_, i) => numberIn(specAt(spec, i + 1), name));
};

describe("a JobSpec as it holds in a round", () => {
  it.each<[string, RoundSchedule, number[]]>([
    ["strategy.serverLearningRate", { name: "constant" }, [0.4, 0.4, 0.4, 0.4, 0.4, 0.4]],
    ["strategy.serverLearningRate", { name: "step", stepSize: 2, gamma: 0.5 }, [0.4, 0.4, 0.2, 0.2, 0.1, 0.1]],
    ["training.weightDecay", { name: "exponential", gamma: 0 }, [0.1, 0, 0, 0, 0, 0]],
    ["strategy.serverLearningRate", { name: "cosine", tMax: 2, etaMin: 0.2 }, [0.4, 0.3, 0.2, 0.3, 0.4, 0.3]],
    ["training.epochs", { name: "exponential", gamma: 0.5 }, [8, 4, 2, 1, 1, 1]],
    ["training.epochs", { name: "linear-warm-up", startFactor: 0.5, totalIters: 3 }, [4, 5, 7, 8, 8, 8]],
    [
      "cohort.size",
      { name: "linear-warm-up", startFactor: 0.1, totalIters: 1, next: { name: "step", stepSize: 2 } },
      [1, 10, 10, 1, 1, 1],
    ],
    [
      "training.batchSize",
      {
        name: "piecewise",
        steps: [
          { from: 2, value: 64.4 },
          { from: 5, value: 0 },
        ],
      },
      [32, 64, 64, 64, 1, 1],
    ],
  ])("%s by %j", (name, schedule, values) => {
    expect(valuesOf(name, schedule)).toEqual(values.map((value) => expect.closeTo(value, 12)));
  });

  it("has the value of a strategy within wrappers", () => {
    const strategy = { kind: "norm-bounding", of: { kind: "bucketing", of: { kind: "fedprox", mu: 1 } } } as const;
    const schedule = { name: "step", stepSize: 3, gamma: 0.5 } as const;
    expect(valuesOf("strategy.of.of.mu", schedule, { strategy })).toEqual([1, 1, 1, 0.5, 0.5, 0.5]);
    const { strategy: at } = specAt(specOf({ "strategy.of.of.mu": schedule }, { strategy }), 4);
    expect(at).toMatchObject({ kind: "norm-bounding", norm: 3, of: { size: 2, of: { kind: "fedprox", mu: 0.5 } } });
  });

  it("is itself without schedules, and has none in the end", () => {
    const { schedules: _, ...plain } = specOf({});
    expect(specAt(plain, 3)).toBe(plain);
    const at = specAt(specOf({ "training.epochs": { name: "exponential", gamma: 0.5 } }), 2);
    expect(at).toEqual({ ...plain, training: { ...plain.training, epochs: 4 } });
    expect(specAt(at, 5)).toBe(at);
  });
});

const rounds = fc.integer({ min: 1, max: 40 });
const gamma = fc.double({ min: 0, max: 1, noNaN: true });
const falling: fc.Arbitrary<Exclude<RoundSchedule, { name: "linear-warm-up" | "piecewise" }>> = fc.oneof(
  fc.record({ name: fc.constant("constant" as const) }),
  fc.record({ name: fc.constant("step" as const), stepSize: rounds, gamma }),
  fc.record({ name: fc.constant("exponential" as const), gamma }),
  fc.record({
    ...{ name: fc.constant("cosine" as const), tMax: rounds },
    etaMin: fc.double({ min: 0, max: 1_000, noNaN: true }),
  }),
);
const schedule: fc.Arbitrary<RoundSchedule> = fc.oneof(
  falling,
  fc.record({
    ...{ name: fc.constant("linear-warm-up" as const), totalIters: rounds, next: falling },
    startFactor: fc.double({ min: 0.01, max: 1, noNaN: true }),
  }),
  fc
    .uniqueArray(fc.record({ from: rounds, value: fc.double({ min: 0, max: 1e9, noNaN: true }) }), {
      ...{ minLength: 1, maxLength: 20, selector: ({ from }) => from },
    })
    .map((steps) => ({ name: "piecewise" as const, steps: steps.sort((a, b) => a.from - b.from) })),
);
const names = ["cohort.size", "training.epochs", "training.weightDecay", "strategy.serverLearningRate"];
const schedules = fc.dictionary(fc.constantFrom(...names), schedule, { maxKeys: 4, noNullPrototype: true });

describe("the schedules of a JobSpec", () => {
  it("are taken only when it is right in each of its rounds", () => {
    const isRight = (spec: unknown): boolean => {
      try {
        checkJobSpec(spec);
        return true;
      } catch {
        return false;
      }
    };
    let taken = 0;
    fc.assert(
      fc.property(schedules, rounds, (schedules, last) => {
        const plain = specOf({}, { rounds: last, cohort: { size: 10, quorum: 3 } });
        const every = Array.from({ length: last }, (_, i) => isRight(specAt({ ...plain, schedules }, i + 1)));
        const isTaken = isRight({ ...plain, schedules });
        taken += Number(isTaken && Object.keys(schedules).length > 0);
        expect(isTaken).toBe(every.every((right) => right));
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it("take their largest and their least value where they turn", () => {
    fc.assert(
      fc.property(schedule, rounds, (schedule, last) => {
        const spec = { ...specOf({}), schedules: { "training.weightDecay": schedule } };
        const at = (round: number) => specAt(spec, round).training.weightDecay;
        const all = Array.from({ length: last }, (_, i) => at(i + 1));
        const turning = turningRounds(schedule, last).map(at);
        expect(Math.max(...turning)).toBe(Math.max(...all));
        expect(Math.min(...turning)).toBe(Math.min(...all));
      }),
    );
  });
});
