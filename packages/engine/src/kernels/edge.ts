import type { ImagePadding } from "./kernels.js";

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

/**
 * How TensorFlow calls `padding`: "valid" for none, "same" where that is what SAME would choose. Undefined when it has no
 * word for it, and the input must be padded first.
 */
export function edgeOf(pixels: Pair, kernel: Pair, stride: Pair, padding: ImagePadding): Edge | undefined {
  if (padding.every((size) => size === 0)) return "valid";
  const [top, bottom] = samePadding(pixels[0], kernel[0], stride[0]);
  const [left, right] = samePadding(pixels[1], kernel[1], stride[1]);
  const isSame = padding[0] === top && padding[1] === bottom && padding[2] === left && padding[3] === right;
  return isSame ? "same" : undefined;
}
