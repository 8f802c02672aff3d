import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Tensor5D } from "@tensorflow/tfjs-core";
import type { Pair } from "./edge.js";

/** What lies over the edges of an image: [top, bottom, left, right] in pixels. */
export type ImagePadding = readonly [number, number, number, number];

/** Statistics of a batch by channel; the variance as of a sample, divided by n − 1. They live until the callback returns. */
export type OnStatistics = (mean: Tensor1D, variance: Tensor1D) => void;

/**
 * The ops for which a backend has a faster way than TensorFlow.js' own, or which TensorFlow.js cannot differentiate there.
 * All are differentiable. `wantsInputGradient` is false when nothing before the op is trained, as with the images
 * themselves; their gradient is then not computed.
 */
export interface Kernels {
  /** Cross-correlation of `[batch, height, width, in]` with `[kernelHeight, kernelWidth, in, out]`. */
  conv2d(x: Tensor4D, filter: Tensor4D, stride: Pair, padding: ImagePadding, wantsInputGradient: boolean): Tensor4D;
  /** Cross-correlation of `[batch, depth, height, width, in]` with `[kernelDepth, kernelHeight, kernelWidth, in, out]`, no padding. */
  conv3d(
    x: Tensor5D,
    filter: Tensor5D,
    stride: readonly [number, number, number],
    wantsInputGradient: boolean,
  ): Tensor5D;
  /** One filter a channel: `[batch, height, width, channels]` with `[kernelHeight, kernelWidth, channels, multiplier]`, no padding. */
  depthwiseConv2d(x: Tensor4D, filter: Tensor4D, stride: Pair): Tensor4D;
  /** What `conv2d` without padding does to its input's gradient: `[batch, height, width, in]` with `[kernelHeight, kernelWidth, out, in]`. */
  convTranspose2d(x: Tensor4D, filter: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  /** `[rows, inner]` times `[inner, columns]`. */
  matMul(x: Tensor2D, weight: Tensor2D, wantsInputGradient: boolean): Tensor2D;
  /** The highest of each window of `[batch, height, width, channels]`, without padding. */
  maxPool(x: Tensor4D, kernel: Pair, stride: Pair): Tensor4D;
  /** Normalises `[batch, height, width, channels]` by the batch's own statistics, then scales and shifts by channel. */
  batchNorm(x: Tensor4D, scale: Tensor1D, shift: Tensor1D, eps: number, onStatistics: OnStatistics): Tensor4D;
  /** The rows of `[rows, features]` at int32 `indices` `[count]`, which must be within them. */
  rows(weight: Tensor2D, indices: Tensor1D): Tensor2D;
  /** Adds `[channels]` along the last axis. */
  biasAdd(x: Tensor, bias: Tensor): Tensor;
  relu(x: Tensor): Tensor;
}
