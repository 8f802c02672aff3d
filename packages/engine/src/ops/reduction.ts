import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
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
/** torch.amax. */
export const max = reduction((tf, x, axes, keepDim) => tf.max(x, axes, keepDim));
