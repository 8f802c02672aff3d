import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Edge, Pair } from "./edge.js";

/**
 * The ops for which a backend has a faster way than TensorFlow.js' own, or which TensorFlow.js cannot differentiate there.
 * All are differentiable. `wantsInputGradient` is false when nothing before the op is trained, as with the images
 * themselves; their gradient is then not computed.
 */
export interface Kernels {
  /** Cross-correlation of `[batch, height, width, in]` with `[kernelHeight, kernelWidth, in, out]`. */
  conv2d(x: Tensor4D, filter: Tensor4D, stride: Pair, edge: Edge, wantsInputGradient: boolean): Tensor4D;
  /** `[rows, inner]` times `[inner, columns]`. */
  matMul(x: Tensor2D, weight: Tensor2D, wantsInputGradient: boolean): Tensor2D;
  /** The highest of each window of `[batch, height, width, channels]`, without padding. */
  maxPool(x: Tensor4D, kernel: Pair, stride: Pair): Tensor4D;
  /** Adds `[channels]` along the last axis. */
  biasAdd(x: Tensor, bias: Tensor): Tensor;
  relu(x: Tensor): Tensor;
}
