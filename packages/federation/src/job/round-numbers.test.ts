import { describe, expect, it } from "vitest";
import type { JobSpecInput } from "./job-spec.js";
import { checkJobSpec } from "./parse-job-spec.js";
import { roundNumbers } from "./round-numbers.js";

const numbersIn = (round: number, change: Partial<JobSpecInput>) =>
  Object.fromEntries(roundNumbers(checkJobSpec({ model: "lenet5", dataset: "mnist", ...change }), round));

describe("the numbers of a round", () => {
  it("are none where each round is like the others", () => {
    expect(numbersIn(3, {})).toEqual({});
    expect(numbersIn(3, { training: { schedule: { name: "constant" } } })).toEqual({});
  });

  it("are the learning rate with its decay and its schedule, as workers train by it", () => {
    const training = { learningRate: 0.4, learningRateDecay: 0.5 };
    expect(numbersIn(2, { training })).toEqual({ "training.learningRate": 0.1 });
    const schedule = { name: "step" as const, stepSize: 1, gamma: 0.1 };
    expect(numbersIn(3, { training: { learningRate: 0.4, schedule } })["training.learningRate"]).toBeCloseTo(0.004, 15);
    expect(numbersIn(2, { training: { ...training, schedule } })["training.learningRate"]).toBeCloseTo(0.01, 15);
  });

  it("are those of schedules, each in its round", () => {
    const change: Partial<JobSpecInput> = {
      ...{ cohort: { size: 10 }, strategy: { kind: "fedadam", serverLearningRate: 0.4 } },
      schedules: {
        "cohort.size": { name: "piecewise", steps: [{ from: 5, value: 20 }] },
        "strategy.serverLearningRate": { name: "exponential", gamma: 0.5 },
      },
    };
    expect(numbersIn(4, change)).toEqual({ "cohort.size": 10, "strategy.serverLearningRate": 0.05 });
    expect(numbersIn(5, change)).toEqual({ "cohort.size": 20, "strategy.serverLearningRate": 0.025 });
  });
});
