import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import { type Edge, edgeOf, type Pair, samePadding } from "../edge.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";
import { dilated } from "./dilation.js";

/** tf.conv2d with gradients made of forward convolutions: the wasm backend has none for the filter, and a slow one for the input. */
export function convolution(tf: TensorFlow, backend: BackendWasm): Kernels["conv2d"] {
  return (x, filter, stride, padding, wantsInputGradient) => {
    const [, height, width] = x.shape;
    const edge = edgeOf([height, width], [filter.shape[0], filter.shape[1]], stride, padding);
    if (edge !== undefined) return withEdge(tf, backend, x, filter, stride, edge, wantsInputGradient);
    const [top, bottom, left, right] = padding;
    const padded = tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    return withEdge(tf, backend, padded, filter, stride, "valid", wantsInputGradient);
  };
}

function withEdge(
  tf: TensorFlow,
  backend: BackendWasm,
  x: Tensor4D,
  filter: Tensor4D,
  stride: Pair,
  edge: Edge,
  wantsInputGradient: boolean,
) {
  return differentiable(tf, {
    inputs: wantsInputGradient ? [x, filter] : [filter],
    forward: () => tf.conv2d(x, filter, [...stride], edge),
    save: () => [x, filter],
    gradients: (dy, saved) => {
      const x = rank4(saved[0], "conv2d");
      const filter = rank4(saved[1], "conv2d");
      const filterGradient = gradientOfFilter(tf, x, filter, dy, stride, edge);
      if (!wantsInputGradient) return [filterGradient];
      const spread = dilated(tf, backend, dy, stride);
      return [gradientOfInput(tf, [x.shape[1], x.shape[2]], filter, spread, stride, edge), filterGradient];
    },
  });
}

/** A depthwise convolution as one plain convolution with a filter that is zero but where a channel meets itself. */
export function depthwiseConvolution(tf: TensorFlow, conv2d: Kernels["conv2d"]): Kernels["depthwiseConv2d"] {
  return (x, filter, stride) => {
    const [height, width, channels, multiplier] = filter.shape;
    const meets = tf.reshape(tf.eye(channels), [1, 1, channels, channels, 1]);
    const wide = tf.mul(tf.reshape(filter, [height, width, channels, 1, multiplier]), meets);
    const dense: Tensor4D = tf.reshape(wide, [height, width, channels, channels * multiplier]);
    return conv2d(x, dense, stride, [0, 0, 0, 0], true);
  };
}

/** What a convolution does to its input's gradient, with gradients that are forward convolutions. */
export function transposedConvolution(tf: TensorFlow, backend: BackendWasm): Kernels["convTranspose2d"] {
  return (x, filter, stride, size) =>
    differentiable(tf, {
      inputs: [x, filter],
      forward: () => gradientOfInput(tf, size, filter, dilated(tf, backend, x, stride), stride, "valid"),
      save: () => [x, filter],
      gradients: (dy, saved) => {
        const x = rank4(saved[0], "conv_transpose2d");
        const filter = rank4(saved[1], "conv_transpose2d");
        return [tf.conv2d(dy, filter, [...stride], "valid"), gradientOfFilter(tf, dy, filter, x, stride, "valid")];
      },
    });
}

/** Zeros before and after one axis. */
const zerosAround: Record<Edge, typeof samePadding> = { valid: () => [0, 0], same: samePadding };

/**
 * The filter's gradient correlates the input with the output's gradient, summed over the batch. With the batch in place of
 * the channels that is a forward convolution, dilated by the stride, whose output is the gradient.
 */
function gradientOfFilter(tf: TensorFlow, x: Tensor4D, filter: Tensor4D, dy: Tensor4D, stride: Pair, edge: Edge) {
  const [kernelHeight, kernelWidth, channels, filters] = filter.shape;
  const [, height, width] = x.shape;
  const zeros = zerosAround[edge];
  const padded = tf.pad(tf.transpose(x, [3, 1, 2, 0]), [
    [0, 0],
    zeros(height, kernelHeight, stride[0]),
    zeros(width, kernelWidth, stride[1]),
    [0, 0],
  ]);
  const correlated = tf.conv2d(padded, tf.transpose(dy, [1, 2, 0, 3]), 1, "valid", "NHWC", [...stride]);
  // When the stride leaves rows over at the end, they give extra offsets that no window of the filter had.
  const windows = tf.slice(correlated, [0, 0, 0, 0], [channels, kernelHeight, kernelWidth, filters]);
  return tf.transpose(windows, [1, 2, 0, 3]);
}

/**
 * The input's gradient is the output's gradient, with zeros where the stride left pixels out, convolved with the filter turned by
 * 180 degrees.
 *
 * @param size of the input, [height, width]
 * @param dy with the zeros in it
 */
function gradientOfInput(tf: TensorFlow, size: Pair, filter: Tensor4D, dy: Tensor4D, stride: Pair, edge: Edge) {
  const [kernelHeight, kernelWidth] = filter.shape;
  const zeros = zerosAround[edge];
  const around = (length: number, kernel: number, stride: number, spread: number): [number, number] => {
    const [before] = zeros(length, kernel, stride);
    return [kernel - 1 - before, length - spread + before];
  };
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(dy, turned, 1, [
    [0, 0],
    around(size[0], kernelHeight, stride[0], dy.shape[1]),
    around(size[1], kernelWidth, stride[1], dy.shape[2]),
    [0, 0],
  ]);
}
