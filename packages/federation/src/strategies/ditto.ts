import { z } from "zod";
import { defineStrategy } from "./define.js";
import { average } from "./fedavg.js";
import { weighting } from "./settings.js";

/**
 * Federated averaging; besides, each worker trains a model of its own, v_k ← v_k − η·(∇F_k(v_k) + λ·(v_k − wᵗ)), which it keeps.
 * Source: Li et al. 2021, "Ditto: Fair and Robust Federated Learning Through Personalization", algorithm 1.
 */
export const ditto = defineStrategy({
  kind: "ditto",
  about: "Federated averaging, and a personal model at each worker (Li et al. 2021)",
  settings: {
    weighting,
    lambda: z
      .number()
      .min(0)
      .max(1_000)
      .default(0.1)
      .describe("How much the personal model is drawn towards the global one, λ; 0: not at all"),
    personalEpochs: z
      .int()
      .min(1)
      .max(1_000)
      .default(1)
      .describe("Passes over the shard a round for the personal model"),
  },
  example: {},
  memory: "model",
  objective: ({ lambda, personalEpochs }) => ({ personal: { lambda, epochs: personalEpochs } }),
  open: ({ weighting }, round) => average(round, weighting),
});
