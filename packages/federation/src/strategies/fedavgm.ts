import { z } from "zod";
import { defineStrategy } from "./define.js";
import { serverOptimizer } from "./server-optimizer.js";
import { serverLearningRate, weighting } from "./settings.js";

/**
 * Federated averaging with momentum at the server: with Δ the mean of the updates' changes, v ← β·v + Δ, x ← x + η·v.
 * Source: Hsu et al. 2019, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual Classification",
 * section 3; its Δw is −Δ.
 */
export const fedAvgM = defineStrategy({
  kind: "fedavgm",
  about: "Federated averaging with momentum at the server (Hsu et al. 2019)",
  settings: {
    weighting,
    serverLearningRate: serverLearningRate(1),
    serverMomentum: z.number().min(0).max(0.9999).default(0.9).describe("Momentum of the server, β"),
  },
  example: {},
  memory: "model",
  state: () => ({ momentum: 0 }),
  open: ({ weighting, serverLearningRate, serverMomentum }, round) =>
    serverOptimizer(round, { weighting, initial: { momentum: 0 } }, (x, mean, kept) => {
      kept.momentum = serverMomentum * kept.momentum + (mean - x);
      return x + serverLearningRate * kept.momentum;
    }),
});
