import { inputOf, numberAttribute } from "./attributes.js";
import { engineAxis } from "./channels.js";
import type { Op } from "./op.js";

/** torch.cat. */
export const concat: Op = {
  apply(application) {
    const { backend, node, inputs } = application;
    const axis = engineAxis(inputOf(application).rank, numberAttribute(node, "dim"));
    return backend.tf.concat([...inputs], axis);
  },
};

/** torch.narrow. */
export const narrow: Op = {
  apply(application) {
    const { backend, node } = application;
    const x = inputOf(application);
    const axis = engineAxis(x.rank, numberAttribute(node, "dim"));
    const begin = x.shape.map((_, at) => (at === axis ? numberAttribute(node, "start") : 0));
    const size = x.shape.map((length, at) => (at === axis ? numberAttribute(node, "length") : length));
    return backend.tf.slice(x, begin, size);
  },
};
