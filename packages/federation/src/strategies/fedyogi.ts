import { adaptive, adaptiveSettings, adaptiveState, beta2 } from "./adaptive.js";
import { defineStrategy } from "./define.js";

/**
 * Yogi at the server: v ← v − (1 − β₂)·Δ²·sign(v − Δ²), so that v does not fall faster than additively.
 * Source: Reddi et al. 2021, "Adaptive Federated Optimization", algorithm 2.
 */
export const fedYogi = defineStrategy({
  kind: "fedyogi",
  about: "Yogi at the server (Reddi et al. 2021)",
  settings: { ...adaptiveSettings(0.9), beta2 },
  example: {},
  memory: "model",
  ownStep: true,
  state: adaptiveState,
  open: (settings, round) =>
    adaptive(settings, round, (v, square) => v - (1 - settings.beta2) * square * Math.sign(v - square)),
});
