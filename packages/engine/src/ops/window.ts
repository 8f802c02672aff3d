import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** How much lies before and after each axis, axis by axis: [top, bottom, left, right]. */
export type Padding = readonly number[];

/** Puts `padding` around the pixels of `[batch, ...sizes, channels]`. */
export function padSizes<T extends Tensor>(tf: TensorFlow, x: T, padding: Padding, value: number): T {
  if (padding.every((size) => size === 0)) return x;
  const around: [number, number][] = [[0, 0]];
  for (let at = 0; at < padding.length; at += 2) around.push([padding[at] ?? 0, padding[at + 1] ?? 0]);
  around.push([0, 0]);
  return tf.pad(x, around, value);
}

/**
 * Spreads a filter out: `dilation - 1` zeros between its values along `axis`. A dilated convolution is a plain one with the
 * spread filter, and not every backend can differentiate a dilated one.
 */
export function spread(tf: TensorFlow, filter: Tensor, axis: number, dilation: number): Tensor {
  if (dilation === 1) return filter;
  const shape = [...filter.shape];
  const size = shape[axis] ?? 0;
  const before = shape.slice(0, axis).reduce((product, length) => product * length, 1);
  const after = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const rows: Tensor = tf.reshape(filter, [before * size, 1, after]);
  const wide = tf.reshape(
    tf.pad(rows, [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]),
    [before, size * dilation, after],
  );
  const length = (size - 1) * dilation + 1;
  shape[axis] = length;
  return tf.reshape(tf.slice(wide, [0, 0, 0], [before, length, after]), shape);
}
