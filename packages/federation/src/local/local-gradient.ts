/** What a worker knows when it has trained by FedDyn. All vectors are of the model's length. */
export interface LocalGradient {
  /** ∇L_k at the end of the worker's round before, kept by it; all 0 before its first round. */
  readonly local: Float32Array;
  /** θᵗ⁻¹, the global model that it began with. */
  readonly before: Float32Array;
  /** θ_k, what it trained. */
  readonly after: Float32Array;
  /** α of the strategy. */
  readonly alpha: number;
}

/**
 * The gradient of a worker's loss where its training ended, which follows from the first-order condition of what it
 * minimised: ∇L_k(θ_k) = ∇L_k(θ_k of the round before) − α·(θ_k − θᵗ⁻¹).
 * Source: Acar et al. 2021, "Federated Learning Based on Dynamic Regularization", algorithm 1.
 */
export function nextLocalGradient({ local, before, after, alpha }: LocalGradient): Float32Array<ArrayBuffer> {
  const next = new Float32Array(local.length);
  for (let index = 0; index < next.length; index++)
    next[index] = (local[index] as number) - alpha * ((after[index] as number) - (before[index] as number));
  return next;
}
