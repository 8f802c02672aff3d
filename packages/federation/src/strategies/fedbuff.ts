import { z } from "zod";
import { changesOf } from "../aggregation/changes.js";
import { checkEnough } from "../aggregation/check-enough.js";
import { ExactMean } from "../aggregation/exact-mean.js";
import { serverStep } from "../aggregation/server-step.js";
import { addTo, divided } from "../aggregation/weighted-mean.js";
import { defineStrategy } from "./define.js";
import { maximumStaleness, serverLearningRate } from "./settings.js";
import { polynomial, stalenessOf } from "./staleness.js";

/**
 * Asynchronous, with a buffer: workers train without a barrier, each from the version that it was given, and K of their updates
 * make a new version. With Δ_i the change that worker i made to the version that it began with, τ_i versions ago,
 *
 *     w ← w + η_g · 1/K · Σ s(τ_i)·Δ_i,        s(τ) = 1 / (1 + τ)^a
 *
 * Source: Nguyen et al. 2022, "Federated Learning with Buffered Asynchronous Aggregation", algorithm 1; a = 1/2 is theirs.
 */
export const fedBuff = defineStrategy({
  kind: "fedbuff",
  about: "Asynchronous: a buffer of updates makes a version (Nguyen et al. 2022)",
  settings: {
    bufferSize: z.int().min(1).max(100_000).default(10).describe("Updates that make a new version, K"),
    serverLearningRate: serverLearningRate(1),
    stalenessExponent: z
      .number()
      .min(0)
      .max(10)
      .default(0.5)
      .describe("a: an update that began τ versions ago counts 1 / (1 + τ)^a; 0: all count alike"),
    maximumStaleness,
  },
  example: { bufferSize: 3 },
  memory: "model",
  least: ({ bufferSize }) => bufferSize,
  asynchronous: ({ bufferSize, maximumStaleness }) => ({ bufferSize, maximumStaleness }),
  open({ bufferSize, serverLearningRate, stalenessExponent }, round) {
    const { spec, elements, cohort, memory } = round;
    // A change is twice as large as a value at most. Weights are fractions of 1, whose sum may be rounded up.
    const [maxWeight, maxAbs] = [cohort.length * 1.01, 2 * spec.admission.maxAbs];
    const changes = new ExactMean({ elements, maxWeight, maxAbs, memory });
    let count = 0;
    return {
      async fold(contribution) {
        const weight = polynomial(stalenessOf(contribution), stalenessExponent);
        await addTo(changes, weight, () => changesOf(round, contribution));
        count += 1;
      },
      complete: async () => checkEnough("fedbuff", count, bufferSize),
      async result(start, end) {
        const means = divided(changes.sum(start, end), count);
        for (const [index, x] of (await round.before(start, end)).entries())
          means[index] = x + (means[index] as number);
        return serverStep(round, { start, means, initial: {} }, (x, mean) => x + serverLearningRate * (mean - x));
      },
    };
  },
});
