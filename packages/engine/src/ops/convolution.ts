import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Pair } from "../kernels/edge.js";
import type { ImagePadding } from "../kernels/kernels.js";
import { rank4, rank5 } from "../kernels/rank.js";
import { inputOf, numberAttribute, numbersAttribute, parameterOf } from "./attributes.js";
import type { Application, Op } from "./op.js";
import { padSizes, spread } from "./window.js";

const pair = ([first = 0, second = 0]: readonly number[]): Pair => [first, second];
const around = ([top = 0, bottom = 0, left = 0, right = 0]: readonly number[]): ImagePadding => [
  top,
  bottom,
  left,
  right,
];

interface Settings {
  readonly stride: Pair;
  readonly padding: ImagePadding;
  readonly groups: number;
}

/** torch.nn.Conv2d. Weight `[out, in / groups, kernelHeight, kernelWidth]` is held as `[kernelHeight, kernelWidth, in / groups, out]`. */
export const conv2d: Op = {
  axes: { weight: [2, 3, 1, 0] },
  apply(application) {
    const { node } = application;
    const [dilationHeight, dilationWidth] = pair(numbersAttribute(node, "dilation", 2));
    return convolve(
      application,
      rank4(inputOf(application), node.name),
      rank4(parameterOf(application, "weight"), node.name),
      {
        stride: pair(numbersAttribute(node, "stride", 2)),
        padding: around(numbersAttribute(node, "padding", 4)),
        dilation: [dilationHeight, dilationWidth],
      },
    );
  },
};

/** torch.nn.Conv1d, as a convolution of an image of one row. */
export const conv1d: Op = {
  axes: { weight: [2, 1, 0] },
  apply(application) {
    const { node, backend } = application;
    const { tf } = backend;
    // Not by expandDims and squeeze, which libtensorflow can't replay.
    const input = inputOf(application);
    const [batch = 0, channels = 0, length = 0] = input.shape;
    const x: Tensor4D = tf.reshape(tf.transpose(input, [0, 2, 1]), [batch, 1, length, channels]);
    const held = parameterOf(application, "weight");
    const weight = rank4(tf.reshape(held, [1, ...held.shape]), node.name);
    const [stride = 1] = numbersAttribute(node, "stride", 1);
    const [dilation = 1] = numbersAttribute(node, "dilation", 1);
    const [before = 0, after = 0] = numbersAttribute(node, "padding", 2);
    const y = convolve(application, x, weight, {
      stride: [1, stride],
      padding: [0, 0, before, after],
      dilation: [1, dilation],
    });
    const [, , , out = 0] = y.shape;
    return tf.transpose(tf.reshape(y, [batch, -1, out]), [0, 2, 1]);
  },
};

/** A convolution over images, in groups, with its bias. */
function convolve(
  application: Application,
  x: Tensor4D,
  weight: Tensor4D,
  { stride, padding, dilation }: Omit<Settings, "groups"> & { readonly dilation: Pair },
): Tensor {
  const { backend, node, parameters } = application;
  const { tf, kernels } = backend;
  const filter = rank4(spread(tf, spread(tf, weight, 0, dilation[0]), 1, dilation[1]), node.name);
  const y = inGroups(application, x, filter, { stride, padding, groups: numberAttribute(node, "groups") });
  return parameters.bias === undefined ? y : kernels.biasAdd(y, parameters.bias);
}

function inGroups(
  application: Application,
  x: Tensor4D,
  filter: Tensor4D,
  { stride, padding, groups }: Settings,
): Tensor4D {
  const { backend, wantsInputGradient } = application;
  const { tf, kernels } = backend;
  if (groups === 1) return kernels.conv2d(x, filter, stride, padding, wantsInputGradient);
  const [height, width, inGroup, out] = filter.shape;
  if (inGroup === 1) {
    // PyTorch's outputs of a channel lie side by side, as TensorFlow's multiplier has them.
    const depthwise: Tensor4D = tf.reshape(filter, [height, width, groups, out / groups]);
    return kernels.depthwiseConv2d(padSizes(tf, x, padding, 0), depthwise, stride);
  }
  const inputs = tf.split(x, groups, 3);
  const filters = tf.split(filter, groups, 3);
  return tf.concat(
    inputs.map((part, group) =>
      kernels.conv2d(rank4(part, "conv2d"), rank4(filters[group], "conv2d"), stride, padding, wantsInputGradient),
    ),
    3,
  );
}

/** torch.nn.Conv3d. Weight `[out, in / groups, kd, kh, kw]` is held as `[kd, kh, kw, in / groups, out]`. */
export const conv3d: Op = {
  axes: { weight: [2, 3, 4, 1, 0] },
  apply(application) {
    const { node, backend, parameters } = application;
    const { tf, kernels } = backend;
    const groups = numberAttribute(node, "groups");
    const x = rank5(padSizes(tf, inputOf(application), numbersAttribute(node, "padding", 6), 0), node.name);
    const [depth = 1, height = 1, width = 1] = numbersAttribute(node, "stride", 3);
    const dilated = numbersAttribute(node, "dilation", 3).reduce(
      (filter, dilation, axis) => spread(tf, filter, axis, dilation),
      parameterOf(application, "weight"),
    );
    const filters = groups === 1 ? [dilated] : tf.split(dilated, groups, 4);
    const inputs = groups === 1 ? [x] : tf.split(x, groups, 4);
    const parts = filters.map((filter, group) =>
      kernels.conv3d(
        rank5(inputs[group], node.name),
        rank5(filter, node.name),
        [depth, height, width],
        application.wantsInputGradient,
      ),
    );
    const y = tf.concat(parts, 4);
    return parameters.bias === undefined ? y : kernels.biasAdd(y, parameters.bias);
  },
};

/** torch.nn.ConvTranspose2d. Weight `[in, out / groups, kh, kw]` is held as `[kh, kw, out / groups, in]`. */
export const convTranspose2d: Op = {
  axes: { weight: [2, 3, 1, 0] },
  apply(application) {
    const { node, backend, parameters } = application;
    const { tf, kernels } = backend;
    const x = rank4(inputOf(application), node.name);
    const stride = pair(numbersAttribute(node, "stride", 2));
    const [top, bottom, left, right] = around(numbersAttribute(node, "padding", 4));
    const [more, wider] = pair(numbersAttribute(node, "outputPadding", 2));
    const dilation = pair(numbersAttribute(node, "dilation", 2));
    const groups = numberAttribute(node, "groups");
    const weight = rank4(parameterOf(application, "weight"), node.name);
    const filter = rank4(spread(tf, spread(tf, weight, 0, dilation[0]), 1, dilation[1]), node.name);
    const size: Pair = [(x.shape[1] - 1) * stride[0] + filter.shape[0], (x.shape[2] - 1) * stride[1] + filter.shape[1]];
    const inputs = groups === 1 ? [x] : tf.split(x, groups, 3);
    const filters = groups === 1 ? [filter] : tf.split(filter, groups, 3);
    const whole = tf.concat(
      inputs.map((part, group) =>
        kernels.convTranspose2d(rank4(part, node.name), rank4(filters[group], node.name), stride, size),
      ),
      3,
    );
    // Padding takes pixels away; output padding gives some back, zeros where the window never was.
    const wide = padSizes(tf, whole, [0, Math.max(0, more - bottom), 0, Math.max(0, wider - right)], 0);
    const y = tf.slice(
      wide,
      [0, top, left, 0],
      [-1, size[0] - top - bottom + more, size[1] - left - right + wider, -1],
    );
    return parameters.bias === undefined ? y : kernels.biasAdd(y, parameters.bias);
  },
};
