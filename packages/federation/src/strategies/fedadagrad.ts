import { adaptive, adaptiveSettings, adaptiveState } from "./adaptive.js";
import { defineStrategy } from "./define.js";

/** Adagrad at the server: v ← v + Δ². Source: Reddi et al. 2021, "Adaptive Federated Optimization", algorithm 2. */
export const fedAdagrad = defineStrategy({
  kind: "fedadagrad",
  about: "Adagrad at the server (Reddi et al. 2021)",
  settings: adaptiveSettings(0),
  example: {},
  memory: "model",
  ownStep: true,
  state: adaptiveState,
  open: (settings, round) => adaptive(settings, round, (v, square) => v + square),
});
