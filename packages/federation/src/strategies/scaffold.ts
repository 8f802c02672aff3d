import { TributaryError } from "@tributary/protocol";
import { serverStep } from "../aggregation/server-step.js";
import { selectedIn, WeightedMean } from "../aggregation/weighted-mean.js";
import { isPlainSgd, momentumOf } from "../local/effective-steps.js";
import { defineStrategy } from "./define.js";
import { population, serverLearningRate, withoutPopulation } from "./settings.js";

/**
 * Control variates correct the drift of the workers: each steps with ∇F_k(y) + c − c_k, and sends back its model and the change
 * of its c_k. With S the workers of the round and N those of the federation,
 *
 *     x ← x + η_g · 1/|S| · Σ (y_k − x)        c ← c + |S|/N · 1/|S| · Σ Δc_k
 *
 * The server keeps c, each worker its c_k. An update is twice as long, and so is what is sent to a worker.
 * Source: Karimireddy et al. 2020, "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", algorithm 1.
 */
export const scaffold = defineStrategy({
  kind: "scaffold",
  about: "Control variates correct the drift of the workers (Karimireddy et al. 2020)",
  settings: { serverLearningRate: serverLearningRate(1), population },
  example: {},
  memory: "model",
  state: () => ({ control: 0 }),
  objective: () => ({
    sends: ["control"],
    keeps: ["localControl"],
    returns: ["controlChange"],
    gradientCorrection: [
      { vector: "control", scale: 1 },
      { vector: "localControl", scale: -1 },
    ],
    afterTraining: { rule: "scaffold" },
  }),
  // A control variate is a mean of gradients, which follows from how far the steps of plain SGD led.
  unfitFor: (settings, job) =>
    isPlainSgd(job.training) && momentumOf(job.training) < 1
      ? withoutPopulation(settings, job)
      : "training.optimizer: control variates need sgd without nesterov and dampening, with a momentum below 1",
  open({ serverLearningRate, population }, round) {
    const mean = new WeightedMean(round, "members");
    const changes = new WeightedMean({ ...round, memory: undefined }, "members");
    let count = 0;
    return {
      async fold(contribution) {
        const { extra, samples, members = 1 } = contribution;
        const { controlChange } = extra;
        if (controlChange === undefined)
          throw new TributaryError("update_shape_mismatch", "the change of the control variate is missing");
        await mean.add(contribution);
        await changes.add({ samples, members, slices: controlChange.slices });
        count += members;
      },
      complete: async () => {},
      async result(start, end) {
        const share = count / Math.max(count, population ?? selectedIn(round));
        const { model } = await serverStep(
          round,
          { start, means: mean.exact(start, end), initial: {} },
          (x, mean) => x + serverLearningRate * (mean - x),
        );
        // The same for c in place of the model.
        const { model: control } = await serverStep(
          {
            ...round,
            before: async (from, to) => (await round.kept("control", from, to)) ?? new Float32Array(to - from),
          },
          { start, means: changes.exact(start, end), initial: {} },
          (c, change) => c + share * change,
        );
        return { model, state: { control } };
      },
    };
  },
});
