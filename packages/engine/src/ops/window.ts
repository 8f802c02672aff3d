import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { type Edge, type Pair, samePadding } from "../kernels/edge.js";
import type { Padding } from "./attributes.js";

/** Puts `padding` around the pixels of `[batch, height, width, channels]`. */
export function padPixels(tf: TensorFlow, x: Tensor4D, [top, bottom, left, right]: Padding, value: number): Tensor4D {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return x;
  const paddings: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.pad(x, paddings, value);
}

/**
 * How TensorFlow calls `padding`: "valid" for none, "same" where that is what SAME would choose. Undefined when it has no
 * word for it, and the input must be padded first.
 */
export function edgeOf(pixels: Pair, kernel: Pair, stride: Pair, padding: Padding): Edge | undefined {
  if (padding.every((size) => size === 0)) return "valid";
  const [top, bottom] = samePadding(pixels[0], kernel[0], stride[0]);
  const [left, right] = samePadding(pixels[1], kernel[1], stride[1]);
  const isSame = padding[0] === top && padding[1] === bottom && padding[2] === left && padding[3] === right;
  return isSame ? "same" : undefined;
}
