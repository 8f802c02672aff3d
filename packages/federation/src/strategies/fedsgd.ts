import { defineStrategy } from "./define.js";
import { average } from "./fedavg.js";
import { weighting } from "./settings.js";

/**
 * Each worker takes one step with the gradient over its whole shard; the mean of the steps is that of the gradients.
 * Source: McMahan et al. 2017, "Communication-Efficient Learning of Deep Networks from Decentralized Data", section 2.
 */
export const fedSgd = defineStrategy({
  kind: "fedsgd",
  about: "One step of each worker with the gradient over its whole shard (McMahan et al. 2017)",
  settings: { weighting },
  example: {},
  memory: "model",
  objective: () => ({ fullBatch: true, localSteps: 1 }),
  open: ({ weighting }, round) => average(round, weighting),
});
