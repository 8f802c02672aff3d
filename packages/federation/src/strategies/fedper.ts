import { patterns } from "../local/local-parameters.js";
import { averageShared } from "./average-shared.js";
import { defineStrategy } from "./define.js";
import { weighting } from "./settings.js";

/**
 * Federated averaging of the base layers; personalisation layers, the last ones, stay at each worker.
 * Source: Arivazhagan et al. 2019, "Federated Learning with Personalization Layers", algorithms 1 and 2.
 */
export const fedPer = defineStrategy({
  kind: "fedper",
  about: "Federated averaging of the base layers; personal layers stay at the workers (Arivazhagan et al. 2019)",
  settings: {
    weighting,
    localParameters: patterns.describe("Names of the parameters that stay; `*` stands for any letters"),
  },
  example: { localParameters: ["head.*"] },
  memory: "model",
  objective: ({ localParameters }) => ({ localParameters }),
  open: (settings, round) => averageShared(round, settings),
});
