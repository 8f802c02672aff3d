import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { rank1 } from "../kernels/rank.js";
import { inputOf, numberAttribute, numbersAttribute, parameterOf } from "./attributes.js";
import { channelAxis, toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Application, Op } from "./op.js";

/** torch.nn.BatchNorm1d to 3d. */
export const batchNorm: Op = {
  apply(application) {
    const { backend, node, training } = application;
    const { tf } = backend;
    const x = inputOf(application);
    const eps = numberAttribute(node, "eps");
    const runningMean = rank1(parameterOf(application, "running_mean"), node.name);
    const runningVariance = rank1(parameterOf(application, "running_var"), node.name);
    const [channels] = runningMean.shape;
    const scale: Tensor1D = rank1(application.parameters.weight ?? tf.ones([channels]), node.name);
    const shift: Tensor1D = rank1(application.parameters.bias ?? tf.zeros([channels]), node.name);
    if (training === undefined) {
      const factor = tf.mul(scale, tf.rsqrt(tf.add(runningVariance, eps)));
      const offset = tf.sub(shift, tf.mul(runningMean, factor));
      return tf.add(tf.mul(x, byChannel(tf, factor, x)), byChannel(tf, offset, x));
    }
    const momentum = numberAttribute(node, "momentum");
    const towards = (running: Tensor, batch: Tensor) => tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum));
    const y = backend.kernels.batchNorm(asImage(tf, x, channels), scale, shift, eps, (mean, variance) => {
      application.setBuffer("running_mean", towards(runningMean, mean));
      application.setBuffer("running_var", towards(runningVariance, variance));
    });
    if (x.rank === 3) return tf.transpose(tf.reshape(y, [x.shape[0], x.shape[2] ?? 0, channels]), [0, 2, 1]);
    return tf.reshape(y, x.shape);
  },
};

/** `[batch, ..., 1, channels]`: whatever lies between batch and channels as one axis of pixels. */
function asImage(tf: TensorFlow, x: Tensor, channels: number): Tensor4D {
  const last = x.rank === 3 ? tf.transpose(x, [0, 2, 1]) : x;
  return tf.reshape(last, [x.shape[0] ?? 0, -1, 1, channels]);
}

/** `[channels]`, shaped so that it fits along the channels of x. */
const byChannel = (tf: TensorFlow, values: Tensor, x: Tensor) =>
  tf.reshape(
    values,
    x.shape.map((_, axis) => (axis === channelAxis(x.rank) ? -1 : 1)),
  );

/** (x − mean) / √(variance + eps) over these axes. */
function normalise(tf: TensorFlow, x: Tensor, axes: readonly number[], eps: number): Tensor {
  const centred = tf.sub(x, tf.mean(x, [...axes], true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), [...axes], true), eps)));
}

/** Scales by the weight and shifts by the bias, where there are such. */
function affine({ backend, parameters }: Application, x: Tensor, shaped: (values: Tensor) => Tensor): Tensor {
  const { tf } = backend;
  const scaled = parameters.weight === undefined ? x : tf.mul(x, shaped(parameters.weight));
  return parameters.bias === undefined ? scaled : tf.add(scaled, shaped(parameters.bias));
}

/** torch.nn.LayerNorm. */
export const layerNorm: Op = {
  apply(application) {
    const { backend, node } = application;
    const { tf } = backend;
    const x = toChannelsFirst(tf, inputOf(application));
    const dimensions = numbersAttribute(node, "shape").length;
    const axes = x.shape.map((_, axis) => axis).slice(-dimensions);
    const y = normalise(tf, x, axes, numberAttribute(node, "eps"));
    return toChannelsLast(
      tf,
      affine(application, y, (values) => values),
    );
  },
};

/** torch.nn.GroupNorm. */
export const groupNorm: Op = {
  apply(application) {
    const { backend, node } = application;
    const { tf } = backend;
    const x = inputOf(application);
    const groups = numberAttribute(node, "groups");
    const axis = channelAxis(x.rank);
    const inGroup = (x.shape[axis] ?? 0) / groups;
    const shape = x.shape.flatMap((size, at) => (at === axis ? [groups, inGroup] : [size]));
    const axes = shape.map((_, at) => at).filter((at) => at !== 0 && at !== axis);
    const y = tf.reshape(normalise(tf, tf.reshape(x, shape), axes, numberAttribute(node, "eps")), x.shape);
    return affine(application, y, (values) => byChannel(tf, values, x));
  },
};

/** torch.nn.InstanceNorm1d to 3d. */
export const instanceNorm: Op = {
  apply(application) {
    const { backend, node } = application;
    const { tf } = backend;
    const x = inputOf(application);
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 0 && axis !== channelAxis(x.rank));
    const y = normalise(tf, x, axes, numberAttribute(node, "eps"));
    return affine(application, y, (values) => byChannel(tf, values, x));
  },
};
