import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** How each of `to` values along an axis is made of `from`: `weights[t * from + f]`. */
export interface Resampling {
  readonly from: number;
  readonly to: number;
  readonly weights: Float32Array;
}

/** Applies a resampling along one axis, as a matrix product: every backend can differentiate it. */
export function resample(tf: TensorFlow, x: Tensor, axis: number, { from, to, weights }: Resampling): Tensor {
  const order = x.shape.map((_, index) => index);
  order[axis] = x.rank - 1;
  order[x.rank - 1] = axis;
  const turned = axis === x.rank - 1 ? x : tf.transpose(x, order);
  const rows = tf.reshape(turned, [-1, from]);
  const made = tf.matMul(rows, tf.tensor2d(weights, [to, from]), false, true);
  const y = tf.reshape(made, [...turned.shape.slice(0, -1), to]);
  return axis === x.rank - 1 ? y : tf.transpose(y, order);
}

function resampling(
  from: number,
  to: number,
  row: (at: number, put: (index: number, weight: number) => void) => void,
): Resampling {
  const weights = new Float32Array(from * to);
  for (let at = 0; at < to; at++)
    row(at, (index, weight) => {
      const place = at * from + Math.min(from - 1, Math.max(0, index));
      weights[place] = (weights[place] ?? 0) + weight;
    });
  return { from, to, weights };
}

/** torch.nn.AdaptiveAvgPool: window t is from ⌊t · from / to⌋ to ⌈(t + 1) · from / to⌉ − 1. */
export const averages = (from: number, to: number): Resampling =>
  resampling(from, to, (at, put) => {
    const start = Math.floor((at * from) / to);
    const end = Math.ceil(((at + 1) * from) / to);
    for (let index = start; index < end; index++) put(index, 1 / (end - start));
  });

/** torch.nn.Upsample, mode "nearest": the value at ⌊t · from / to⌋. */
export const nearest = (from: number, to: number): Resampling =>
  resampling(from, to, (at, put) => put(Math.floor((at * from) / to), 1));

/** torch.nn.Upsample, modes "linear", "bilinear", "trilinear", along one axis. */
export const linearly = (from: number, to: number, alignCorners: boolean): Resampling =>
  resampling(from, to, (at, put) => {
    const exact = alignCorners
      ? to === 1
        ? 0
        : (at * (from - 1)) / (to - 1)
      : Math.max(0, ((at + 0.5) * from) / to - 0.5);
    const low = Math.floor(exact);
    put(low, 1 - (exact - low));
    put(low + 1, exact - low);
  });
