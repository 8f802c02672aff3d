import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { flagAttribute, inputOf, numbersAttribute } from "./attributes.js";
import { toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

const reduction = (compute: (tf: TensorFlow, x: Tensor, axes: number[], keepDim: boolean) => Tensor): Op => ({
  apply(application) {
    const { tf } = application.backend;
    const { node } = application;
    const x = toChannelsFirst(tf, inputOf(application));
    return toChannelsLast(tf, compute(tf, x, [...numbersAttribute(node, "dims")], flagAttribute(node, "keepDim")));
  },
});

/** torch.mean. */
export const mean = reduction((tf, x, axes, keepDim) => tf.mean(x, axes, keepDim));
/** torch.sum. */
export const sum = reduction((tf, x, axes, keepDim) => tf.sum(x, axes, keepDim));
/** torch.amax. Equal highest values share the gradient, where in TensorFlow.js each gets the whole. */
export const max = reduction((tf, x, axes, keepDim) =>
  differentiable(tf, {
    inputs: [x],
    forward: () => tf.max(x, axes, keepDim),
    save: (y) => [x, y],
    gradients: (dy, [saved = x, highest = dy]) => {
      const kept = saved.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const isHighest = tf.cast(tf.equal(saved, tf.reshape(highest, kept)), "float32");
      return [tf.mul(isHighest, tf.div(tf.reshape(dy, kept), tf.sum(isHighest, axes, true)))];
    },
  }),
);
