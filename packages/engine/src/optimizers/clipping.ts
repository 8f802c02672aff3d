import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { aboveZero } from "../settings/range.js";

/** Limits for the gradients of a step. Both may be given; the norm is then limited first. */
export interface Clipping {
  /** Largest L2 norm of all gradients together, above 0: torch.nn.utils.clip_grad_norm_. */
  readonly norm?: number;
  /** Largest absolute value of a gradient, above 0: torch.nn.utils.clip_grad_value_. */
  readonly value?: number;
}

/** @throws TributaryError `invalid_request` when a limit is out of its range */
export const checkClipping = (clipping: Clipping): void => aboveZero("clipping", clipping, "norm", "value");

/** PyTorch adds it to the norm that it divides by. */
const NORM_EPS = 1e-6;

/** The gradients of all parameters of a step within the limits, in their order. NaN stays NaN. Reads no value. */
export function clipGradients(tf: TensorFlow, gradients: readonly Tensor[], { norm, value }: Clipping): Tensor[] {
  const scaled = norm === undefined ? [...gradients] : withinNorm(tf, gradients, norm);
  if (value === undefined) return scaled;
  return scaled.map((gradient) => tf.maximum(tf.minimum(gradient, value), -value));
}

function withinNorm(tf: TensorFlow, gradients: readonly Tensor[], norm: number): Tensor[] {
  if (gradients.length === 0) return [];
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
  const total = tf.sqrt(tf.addN(squares));
  const factor = tf.minimum(tf.div(norm, tf.add(total, NORM_EPS)), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}
