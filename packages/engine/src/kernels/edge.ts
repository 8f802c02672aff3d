export type Pair = readonly [number, number];

/** How far a convolution or a pool looks over the edge: not at all, or as TensorFlow's SAME does. */
export type Edge = "valid" | "same";

/**
 * Zeros that SAME puts before and after an axis of `size` values, so that there are ceil(size / stride) windows; an odd one
 * goes after.
 */
export function samePadding(size: number, kernel: number, stride: number): [before: number, after: number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
