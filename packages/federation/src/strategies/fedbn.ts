import { patterns } from "../local/local-parameters.js";
import { averageShared } from "./average-shared.js";
import { defineStrategy } from "./define.js";
import { weighting } from "./settings.js";

/**
 * Federated averaging of all but the parameters of normalisation, which stay at each worker, running statistics too.
 * Source: Li et al. 2021, "FedBN: Federated Learning on Non-IID Features via Local Batch Normalization", algorithm 1.
 */
export const fedBn = defineStrategy({
  kind: "fedbn",
  about: "Federated averaging without the layers of normalisation, which stay at the workers (Li et al. 2021)",
  settings: {
    weighting,
    localParameters: patterns
      .default(["*bn*", "*norm*", "*running_*"])
      .describe("Names of the parameters that stay; `*` stands for any letters"),
  },
  example: {},
  memory: "model",
  objective: ({ localParameters }) => ({ localParameters }),
  open: (settings, round) => averageShared(round, settings),
});
