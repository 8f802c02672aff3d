import { numberAttribute, onlyInput } from "./attributes.js";
import type { Op } from "./op.js";

/** torch.nn.Dropout: while training, sets values to zero with probability `p` and scales the others by 1 / (1 - p). */
export const dropout: Op = {
  apply(application) {
    const { backend, node, dropoutMask } = application;
    const x = onlyInput(application);
    const probability = numberAttribute(node, "p");
    if (dropoutMask === undefined || probability === 0) return x;
    return backend.tf.mul(x, dropoutMask(node, x.shape, probability));
  },
};
