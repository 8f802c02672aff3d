import { TributaryError } from "@tributary/protocol";
import type { LocalObjective } from "../strategies/objective.js";

/** Where a step of a worker's training is taken. All vectors are of the model's length. */
export interface LocalStep {
  /** w, the parameters as they are. */
  readonly parameters: Float32Array;
  /** wᵗ, the global model that the worker began with. */
  readonly before: Float32Array;
  /** Those of `sends` and `keeps`, by name. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

/**
 * The gradient that a worker steps with: ∇F_k(w) + μ·(w − wᵗ) + Σ scale·vector. A backend may compute it as it likes; this is
 * what it must come to. That of Ditto's personal model is the same, with λ for μ and without corrections.
 *
 * @throws TributaryError `invalid_message` when a vector that the objective names is missing, or of another length
 */
export function correctedGradient(
  gradient: Float32Array,
  { proximalMu = 0, gradientCorrection = [] }: Pick<LocalObjective, "proximalMu" | "gradientCorrection">,
  { parameters, before, vectors }: LocalStep,
): Float32Array<ArrayBuffer> {
  const corrected = new Float32Array(gradient);
  for (let index = 0; index < corrected.length && proximalMu !== 0; index++)
    corrected[index] =
      (gradient[index] as number) + proximalMu * ((parameters[index] as number) - (before[index] as number));
  for (const { vector, scale } of gradientCorrection) {
    const values = vectors[vector];
    if (values?.length !== corrected.length)
      throw new TributaryError("invalid_message", `the vector ${vector} is missing, or of another length`);
    for (let index = 0; index < corrected.length; index++)
      corrected[index] = (corrected[index] as number) + scale * (values[index] as number);
  }
  return corrected;
}
