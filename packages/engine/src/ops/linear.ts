import { rank2 } from "../kernels/rank.js";
import { onlyInput, parameterOf } from "./attributes.js";
import { toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

/** torch.nn.Linear over the last axis of PyTorch's layout. Weight `[out, in]` is held as `[in, out]`. */
export const linear: Op = {
  axes: { weight: [1, 0] },
  apply(application) {
    const { backend, node, parameters, wantsInputGradient } = application;
    const { tf, kernels } = backend;
    const x = toChannelsFirst(tf, onlyInput(application));
    const weight = rank2(parameterOf(application, "weight"), node.name);
    const rows = rank2(x.rank === 2 ? x : tf.reshape(x, [-1, weight.shape[0]]), node.name);
    const product = kernels.matMul(rows, weight, wantsInputGradient);
    const y = parameters.bias === undefined ? product : kernels.biasAdd(product, parameters.bias);
    return x.rank === 2 ? y : toChannelsLast(tf, tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[1]]));
  },
};
