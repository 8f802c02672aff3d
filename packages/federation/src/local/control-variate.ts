/** What a worker knows when it has trained by SCAFFOLD. All vectors are of the model's length. */
export interface ControlVariates {
  /** c_k, kept by the worker; all 0 before its first round. */
  readonly local: Float32Array;
  /** c, sent with the global model. */
  readonly global: Float32Array;
  /** x, the global model that it began with. */
  readonly before: Float32Array;
  /** y_k, what it trained. */
  readonly after: Float32Array;
  /** K, steps of the optimizer; with momentum, `effectiveSteps` of them. */
  readonly steps: number;
  /** η_l, the learning rate of these steps. */
  readonly learningRate: number;
}

/**
 * A worker's next control variate, c_k − c + (x − y_k) / (K·η_l), and Δc_k, its change, which is sent back. Buffers have no
 * gradient: their places are to be set to 0 by the worker.
 * Source: Karimireddy et al. 2020, "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", algorithm 1, option II.
 */
export function nextControlVariate({ local, global, before, after, steps, learningRate }: ControlVariates): {
  readonly next: Float32Array<ArrayBuffer>;
  readonly change: Float32Array<ArrayBuffer>;
} {
  const next = new Float32Array(local.length);
  const change = new Float32Array(local.length);
  const scale = 1 / (steps * learningRate);
  for (let index = 0; index < next.length; index++) {
    const moved = (before[index] as number) - (after[index] as number);
    next[index] = (local[index] as number) - (global[index] as number) + moved * scale;
    change[index] = (next[index] as number) - (local[index] as number);
  }
  return { next, change };
}
