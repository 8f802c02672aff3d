import { z } from "zod";
import { defineStrategy } from "./define.js";
import { average } from "./fedavg.js";
import { weighting } from "./settings.js";

/**
 * Federated averaging where each worker is drawn towards the global model: it minimises F_k(w) + μ/2·‖w − wᵗ‖².
 * Source: Li et al. 2020, "Federated Optimization in Heterogeneous Networks", algorithm 2.
 */
export const fedProx = defineStrategy({
  kind: "fedprox",
  about: "Federated averaging with a proximal term at the workers (Li et al. 2020)",
  settings: {
    weighting,
    mu: z.number().min(0).max(1_000).default(0.01).describe("Weight of the proximal term, μ; 0 is FedAvg"),
  },
  example: {},
  memory: "model",
  objective: ({ mu }) => ({ proximalMu: mu }),
  open: ({ weighting }, round) => average(round, weighting),
});
