import { describe, expect, it } from "vitest";
import { trainingPlan } from "./training-plan.js";

const none = { fullBatch: false, localParameters: [] };
const amount = { batchSize: 10, epochs: 2, maxBatches: 0, objective: none };

describe("how much is trained on 25 samples", () => {
  it("is whole epochs, or batches", () => {
    expect(trainingPlan(amount, 25)).toEqual({ limits: { epochs: 2 }, total: 6, stepObjective: {} });
    expect(trainingPlan({ ...amount, maxBatches: 4 }, 25)).toMatchObject({ limits: { maxBatches: 4 }, total: 4 });
  });

  it("ends after the objective's steps, if they are fewer", () => {
    const plan = (localSteps: number) =>
      trainingPlan({ ...amount, objective: { ...none, localSteps, proximalMu: 0.5 } }, 25);
    expect(plan(5)).toMatchObject({ total: 5, stepObjective: { maxSteps: 5, proximalMu: 0.5 } });
    expect(plan(7)).toMatchObject({ total: 6 });
  });

  it("is passes over the shard where each step takes all of it", () => {
    const whole = { ...amount, objective: { ...none, fullBatch: true } };
    const stepObjective = { samplesPerStep: 25 };
    expect(trainingPlan(whole, 25)).toEqual({ limits: { epochs: 2 }, total: 6, stepObjective });
    expect(trainingPlan({ ...whole, maxBatches: 3 }, 25)).toMatchObject({ limits: { epochs: 3 }, total: 9 });
    expect(trainingPlan({ ...whole, objective: { ...whole.objective, localSteps: 1 } }, 25)).toMatchObject({
      limits: { epochs: 1 },
      total: 3,
    });
  });
});
