import type { Tensor1D } from "@tensorflow/tfjs-core";
import { rank2 } from "../kernels/rank.js";
import { inputOf, parameterOf } from "./attributes.js";
import { toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

/** torch.nn.Embedding. An index that is out of range is moved into it: what computes must never read past the weight. */
export const embedding: Op = {
  apply(application) {
    const { backend, node } = application;
    const { tf, kernels } = backend;
    const weight = rank2(parameterOf(application, "weight"), node.name);
    const x = toChannelsFirst(tf, inputOf(application));
    const indices = tf.cast(tf.clipByValue(x, 0, weight.shape[0] - 1), "int32");
    const flat: Tensor1D = tf.reshape(indices, [-1]);
    const rows = kernels.rows(weight, flat);
    return toChannelsLast(tf, tf.reshape(rows, [...x.shape, weight.shape[1]]));
  },
};
