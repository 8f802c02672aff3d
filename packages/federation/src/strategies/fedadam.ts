import { adaptive, adaptiveSettings, adaptiveState, beta2 } from "./adaptive.js";
import { defineStrategy } from "./define.js";

/** Adam at the server: v ← β₂·v + (1 − β₂)·Δ². Source: Reddi et al. 2021, "Adaptive Federated Optimization", algorithm 2. */
export const fedAdam = defineStrategy({
  kind: "fedadam",
  about: "Adam at the server (Reddi et al. 2021)",
  settings: { ...adaptiveSettings(0.9), beta2 },
  example: {},
  memory: "model",
  ownStep: true,
  state: adaptiveState,
  open: (settings, round) =>
    adaptive(settings, round, (v, square) => settings.beta2 * v + (1 - settings.beta2) * square),
});
