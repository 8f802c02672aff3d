import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import { resolveModel } from "../job/resolve-model.js";
import { floats } from "../testing/rounds.js";
import { nextControlVariate } from "./control-variate.js";
import { correctedGradient } from "./corrected-gradient.js";
import { effectiveSteps, momentumOf, stepsWithin } from "./effective-steps.js";
import { nextLocalGradient } from "./local-gradient.js";
import { isLocal } from "./local-parameters.js";
import { trainingPlan } from "./training-plan.js";

describe("a worker's control variate", () => {
  it("is the mean gradient of its steps, corrected: option II (Karimireddy et al. 2020, algorithm 1, line 12)", () => {
    const { next, change } = nextControlVariate({
      ...{ local: floats(1, 0), global: floats(0.5, 2), before: floats(1, 1), after: floats(0, 3) },
      ...{ steps: 4, learningRate: 0.5 },
    });
    expect(next).toEqual(floats(1 - 0.5 + 1 / 2, 0 - 2 - 2 / 2));
    expect(change).toEqual(floats(0, -3));
  });

  it("is the gradient itself after steps with a constant one, whatever the correction was", () => {
    const [c, local, gradient, rate] = [0.25, -0.5, 3, 0.125];
    let w = 1;
    const step = () =>
      correctedGradient(
        floats(gradient),
        {
          gradientCorrection: [
            { vector: "control", scale: 1 },
            { vector: "localControl", scale: -1 },
          ],
        },
        { parameters: floats(w), before: floats(1), vectors: { control: floats(c), localControl: floats(local) } },
      )[0] ?? Number.NaN;
    for (let steps = 0; steps < 5; steps++) w -= rate * step();
    const { next } = nextControlVariate({
      ...{ local: floats(local), global: floats(c), before: floats(1), after: floats(w), steps: 5, learningRate: rate },
    });
    expect(next).toEqual(floats(gradient));
  });
});

describe("a worker's gradient of FedDyn", () => {
  it("is that of its loss where the regularised objective has its minimum (Acar et al. 2021, equation 2)", () => {
    // L(θ) = (θ − 5)² / 2: the minimum of L(θ) − g·θ + α/2·(θ − θ₀)² is where θ − 5 − g + α·(θ − θ₀) = 0.
    const [g, alpha, before] = [0.5, 0.25, 2];
    const after = (5 + g + alpha * before) / (1 + alpha);
    const next = nextLocalGradient({ local: floats(g), before: floats(before), after: floats(after), alpha });
    expect(next[0]).toBeCloseTo(after - 5, 6);
    const [atMinimum] = correctedGradient(
      floats(after - 5),
      { proximalMu: alpha, gradientCorrection: [{ vector: "localGradient", scale: -1 }] },
      { parameters: floats(after), before: floats(before), vectors: { localGradient: floats(g) } },
    );
    expect(atMinimum).toBeCloseTo(0, 6);
  });
});

describe("the gradient that a worker steps with", () => {
  const step = { parameters: floats(3, 4), before: floats(1, 1), vectors: { c: floats(10, 20) } };

  it("is the loss's own where the objective asks for nothing", () => {
    expect(correctedGradient(floats(1, 2), {}, step)).toEqual(floats(1, 2));
  });

  it("has the proximal term μ·(w − wᵗ) (Li et al. 2020, equation 2), and vectors with their scales", () => {
    const objective = { proximalMu: 0.5, gradientCorrection: [{ vector: "c", scale: -1 }] };
    expect(correctedGradient(floats(1, 2), objective, step)).toEqual(floats(1 + 1 - 10, 2 + 1.5 - 20));
  });

  it.each([{}, { c: floats(1) }])("is refused where a vector is missing or too short: %j", (vectors) => {
    const objective = { gradientCorrection: [{ vector: "c", scale: 1 }] };
    expect(() => correctedGradient(floats(1, 2), objective, { ...step, vectors })).toThrow(/the vector c/);
  });
});

describe("effective steps", () => {
  it("are the sum of what each gradient counts for in the end, by doing the steps (Wang et al. 2020, section 4)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.constantFrom(0, 0.5, 0.9, 1), (steps, momentum) => {
        let [w, buffer] = [0, 0];
        for (let step = 0; step < steps; step++) {
          buffer = momentum * buffer + 1;
          w += buffer;
        }
        expect(effectiveSteps(steps, momentum)).toBeCloseTo(w, 6);
      }),
    );
  });

  it("know the momentum of sgd only", () => {
    const of = (training: object) => momentumOf(checkJobSpec({ model: "lenet5", dataset: "mnist", training }).training);
    expect(of({ momentum: 0.9 })).toBe(0.9);
    expect(of({ optimizer: { name: "sgd", momentum: 0.5 } })).toBe(0.5);
    expect(of({ optimizer: "adam" })).toBe(0);
  });

  it.each([
    [7, 7],
    [1e9, 20],
    [0, 1],
    [Number.NaN, 1],
  ])("a worker of 40 samples that says %d took %d", (localSteps, steps) => {
    const { training } = checkJobSpec({ model: "lenet5", dataset: "mnist", training: { batchSize: 4, epochs: 2 } });
    expect(stepsWithin({ localSteps, samples: 40 }, training)).toBe(steps);
  });

  it.each([
    [100, 100],
    [1e9, 100],
    [7, 7],
  ])("a worker of 40 samples that says %d took %d of at most 100 batches, over as many passes", (localSteps, steps) => {
    const settings = { batchSize: 4, epochs: 2, maxBatches: 100 };
    const { training } = checkJobSpec({ model: "lenet5", dataset: "mnist", training: settings });
    expect(trainingPlan({ ...settings, objective: {} }, 40).total).toBe(100);
    expect(stepsWithin({ localSteps, samples: 40 }, training)).toBe(steps);
  });
});

describe("parameters that stay at the worker", () => {
  it.each<[string, string, boolean]>([
    ["fc2.*", "fc2.weight", true],
    ["fc2.*", "fc20.weight", false],
    ["*bn*", "layer1.bn2.weight", true],
    ["*.bias", "fc.bias", true],
    ["*.bias", "bias", false],
    ["fc.weight", "fc.weight", true],
    ["fc.weight", "fc.weights", false],
    ["a*a", "a", false],
    ["a*b*c", "a-c-b-c", true],
    ["*", "anything", true],
  ])("%j and %j: %j", (pattern, name, fits) => {
    expect(isLocal([pattern], name)).toBe(fits);
  });

  it("are found in a moment, whatever the pattern", () => {
    const start = performance.now();
    expect(isLocal([`${"*a".repeat(99)}*b`], "a".repeat(1_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(100);
  });

  it.each<[string[], RegExp]>([
    [["haed.*"], /strategy.localParameters: no parameter of the network has such a name/],
    [["*"], /strategy.localParameters: no parameter of the network would be shared/],
  ])("are refused by a job when they are %j", (localParameters, message) => {
    const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", strategy: { kind: "fedper", localParameters } });
    expect(() => resolveModel(spec)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });
});
