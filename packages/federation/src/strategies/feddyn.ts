import { z } from "zod";
import { serverStep } from "../aggregation/server-step.js";
import { selectedIn, WeightedMean } from "../aggregation/weighted-mean.js";
import { defineStrategy } from "./define.js";
import { population, withoutPopulation } from "./settings.js";

/**
 * Dynamic regularisation: each worker minimises L_k(θ) − ⟨∇L_k, θ⟩ + α/2·‖θ − θᵗ⁻¹‖², with ∇L_k the gradient where its last
 * training ended. With P the workers of the round, of m in the federation,
 *
 *     h ← h − α/m · Σ (θ_k − θᵗ⁻¹)        θᵗ = 1/|P| · Σ θ_k − h/α
 *
 * Source: Acar et al. 2021, "Federated Learning Based on Dynamic Regularization", algorithm 1.
 */
export const fedDyn = defineStrategy({
  kind: "feddyn",
  about: "Dynamic regularisation aligns the workers' optima with the global one (Acar et al. 2021)",
  settings: {
    alpha: z.number().min(1e-6).max(1_000).default(0.01).describe("Weight of the regularisation, α"),
    population,
  },
  example: {},
  memory: "model",
  ownStep: true,
  state: () => ({ h: 0 }),
  objective: ({ alpha }) => ({
    proximalMu: alpha,
    keeps: ["localGradient"],
    gradientCorrection: [{ vector: "localGradient", scale: -1 }],
    afterTraining: { rule: "feddyn", alpha },
  }),
  unfitFor: withoutPopulation,
  open({ alpha, population }, round) {
    const mean = new WeightedMean(round, "members");
    let count = 0;
    return {
      async fold(contribution) {
        await mean.add(contribution);
        count += contribution.members ?? 1;
      },
      complete: async () => {},
      result(start, end) {
        const share = count / Math.max(count, population ?? selectedIn(round));
        return serverStep(round, { start, means: mean.exact(start, end), initial: { h: 0 } }, (x, mean, kept) => {
          kept.h -= alpha * share * (mean - x);
          return mean - kept.h / alpha;
        });
      },
    };
  },
});
