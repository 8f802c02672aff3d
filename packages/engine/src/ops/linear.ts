import { rank2 } from "../kernels/rank.js";
import { onlyInput, parameterOf } from "./attributes.js";
import type { Op } from "./op.js";

/** torch.nn.Linear over `[batch, in]`. Weight `[out, in]` is held as `[in, out]`. */
export const linear: Op = {
  axes: { weight: [1, 0] },
  apply(application) {
    const { backend, node, parameters, wantsInputGradient } = application;
    const x = rank2(onlyInput(application), node.name);
    const weight = rank2(parameterOf(application, "weight"), node.name);
    const product = backend.kernels.matMul(x, weight, wantsInputGradient);
    return parameters.bias === undefined ? product : backend.kernels.biasAdd(product, parameters.bias);
  },
};
