import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import { type Edge, edgeOf, type Pair, samePadding } from "../edge.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";

/** tf.conv2d with gradients made of forward convolutions: the wasm backend has none for the filter, and a slow one for the input. */
export function convolution(tf: TensorFlow): Kernels["conv2d"] {
  return (x, filter, stride, padding, wantsInputGradient) => {
    const [, height, width] = x.shape;
    const edge = edgeOf([height, width], [filter.shape[0], filter.shape[1]], stride, padding);
    if (edge !== undefined) return withEdge(tf, x, filter, stride, edge, wantsInputGradient);
    const [top, bottom, left, right] = padding;
    const padded = tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    return withEdge(tf, padded, filter, stride, "valid", wantsInputGradient);
  };
}

function withEdge(
  tf: TensorFlow,
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
      return wantsInputGradient ? [gradientOfInput(tf, x, filter, dy, stride, edge), filterGradient] : [filterGradient];
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

/** tf.conv2dTranspose, with gradients that are forward convolutions. */
export function transposedConvolution(tf: TensorFlow): Kernels["convTranspose2d"] {
  return (x, filter, stride, [height, width]) =>
    differentiable(tf, {
      inputs: [x, filter],
      forward: () => tf.conv2dTranspose(x, filter, [x.shape[0], height, width, filter.shape[2]], [...stride], "valid"),
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

/** The input's gradient is the output's gradient convolved with the filter turned by 180 degrees. */
function gradientOfInput(tf: TensorFlow, x: Tensor4D, filter: Tensor4D, dy: Tensor4D, stride: Pair, edge: Edge) {
  if (stride[0] !== 1 || stride[1] !== 1) return tf.conv2dTranspose(dy, filter, x.shape, [...stride], edge);
  const [kernelHeight, kernelWidth] = filter.shape;
  const [, height, width] = x.shape;
  const zeros = zerosAround[edge];
  const [top, bottom] = zeros(height, kernelHeight, 1);
  const [left, right] = zeros(width, kernelWidth, 1);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(dy, turned, 1, [
    [0, 0],
    [kernelHeight - 1 - top, kernelHeight - 1 - bottom],
    [kernelWidth - 1 - left, kernelWidth - 1 - right],
    [0, 0],
  ]);
}
