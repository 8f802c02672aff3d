import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { rank4, rank5 } from "../kernels/rank.js";
import { inputOf, numbersAttribute } from "./attributes.js";
import type { Application, Op } from "./op.js";
import { averages, resample } from "./resample.js";
import { padSizes } from "./window.js";

/** A window over one or two axes of images; `[batch, channels, length]` is an image of one row. */
function overImage(
  application: Application,
  pool: (x: Tensor4D, kernel: [number, number], stride: [number, number]) => Tensor,
  fill: number,
): Tensor {
  const { node, backend } = application;
  const { tf } = backend;
  const x = inputOf(application);
  const kernel = numbersAttribute(node, "kernel");
  const stride = numbersAttribute(node, "stride");
  const padding = numbersAttribute(node, "padding");
  if (x.rank === 3) {
    const [batch, channels = 0, length = 0] = x.shape;
    const row: Tensor4D = tf.reshape(tf.transpose(x, [0, 2, 1]), [batch, 1, length, channels]);
    const y = pool(padSizes(tf, row, [0, 0, ...padding], fill), [1, kernel[0] ?? 1], [1, stride[0] ?? 1]);
    return tf.transpose(tf.reshape(y, [batch, -1, channels]), [0, 2, 1]);
  }
  const image = padSizes(tf, rank4(x, node.name), padding, fill);
  return pool(image, [kernel[0] ?? 1, kernel[1] ?? 1], [stride[0] ?? 1, stride[1] ?? 1]);
}

type Pool2d = (x: Tensor4D, kernel: [number, number], stride: [number, number]) => Tensor4D;

/**
 * A window over the three axes of volumes: over the pixels of each slice, then over the slices, as highest values and means of equal
 * parts allow. The first of equal highest values is the first in PyTorch's order too. No backend can differentiate its own
 * `maxPool3d` like that.
 */
function overVolume(application: Application, pool: Pool2d, fill: number): Tensor {
  const { node, backend } = application;
  const { tf } = backend;
  const [depth = 1, height = 1, width = 1] = numbersAttribute(node, "kernel", 3);
  const [down = 1, across = 1, along = 1] = numbersAttribute(node, "stride", 3);
  const x = rank5(padSizes(tf, inputOf(application), numbersAttribute(node, "padding", 6), fill), node.name);
  const [batch, slices, rows, columns, channels] = x.shape;
  const images: Tensor4D = tf.reshape(x, [batch * slices, rows, columns, channels]);
  const flat = pool(images, [height, width], [across, along]);
  const [, less = 1, narrower = 1] = flat.shape;
  const stack: Tensor4D = tf.reshape(flat, [batch, slices, less * narrower, channels]);
  const y = pool(stack, [depth, 1], [down, 1]);
  return tf.reshape(y, [batch, y.shape[1], less, narrower, channels]);
}

/** What never wins. */
const LOWEST = Number.NEGATIVE_INFINITY;

/** torch.nn.MaxPool1d and MaxPool2d in floor mode; what lies over the edge never wins. */
export const maxPool: Op = {
  apply: (application) => overImage(application, application.backend.kernels.maxPool, LOWEST),
};

const averaging =
  ({ backend }: Application): Pool2d =>
  (x, kernel, stride) =>
    backend.tf.avgPool(x, kernel, stride, "valid");

/** torch.nn.AvgPool1d and AvgPool2d in floor mode; what lies over the edge counts as zeros. */
export const avgPool: Op = { apply: (application) => overImage(application, averaging(application), 0) };

/** torch.nn.MaxPool3d in floor mode. */
export const maxPool3d: Op = {
  apply: (application) => overVolume(application, application.backend.kernels.maxPool, LOWEST),
};

/** torch.nn.AvgPool3d in floor mode. */
export const avgPool3d: Op = { apply: (application) => overVolume(application, averaging(application), 0) };

/** torch.nn.AdaptiveAvgPool1d to 3d. */
export const adaptiveAvgPool: Op = {
  apply(application) {
    const { node, backend } = application;
    const { tf } = backend;
    const x = inputOf(application);
    const output = numbersAttribute(node, "output");
    // The sizes lie behind the channels in three dimensions, before them in four and five.
    const first = x.rank === 3 ? 2 : 1;
    const axes = output.map((_, axis) => first + axis);
    if (output.every((size) => size === 1)) return tf.mean(x, axes, true);
    return output.reduce((value, size, axis) => {
      const from = value.shape[first + axis] ?? 0;
      return from === size ? value : resample(tf, value, first + axis, averages(from, size));
    }, x);
  },
};
