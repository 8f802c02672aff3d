import type { Tensor2D } from "@tensorflow/tfjs-core";
import { rank2 } from "../kernels/rank.js";
import { inputOf, parameterOf } from "./attributes.js";
import { toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

/** torch.nn.Linear over the last dimension. Weight `[out, in]` is held as `[in, out]`. */
export const linear: Op = {
  axes: { weight: [1, 0] },
  apply(application) {
    const { backend, node, parameters, wantsInputGradient } = application;
    const { tf, kernels } = backend;
    const weight = rank2(parameterOf(application, "weight"), node.name);
    const x = toChannelsFirst(tf, inputOf(application));
    const rows: Tensor2D = x.rank === 2 ? rank2(x, node.name) : tf.reshape(x, [-1, weight.shape[0]]);
    const product = kernels.matMul(rows, weight, wantsInputGradient);
    const y = parameters.bias === undefined ? product : kernels.biasAdd(product, parameters.bias);
    if (x.rank === 2) return y;
    return toChannelsLast(tf, tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]]));
  },
};
