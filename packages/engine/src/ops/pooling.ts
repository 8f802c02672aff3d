import { rank4 } from "../kernels/rank.js";
import { onlyInput, paddingAttribute, pairAttribute } from "./attributes.js";
import type { Op } from "./op.js";
import { padPixels } from "./window.js";

/** torch.nn.MaxPool2d in floor mode; what lies over the edge never wins. */
export const maxPool2d: Op = {
  apply(application) {
    const { node } = application;
    const { tf, kernels } = application.backend;
    const x = rank4(onlyInput(application), node.name);
    const padded = padPixels(tf, x, paddingAttribute(node, "padding"), Number.NEGATIVE_INFINITY);
    return kernels.maxPool(padded, pairAttribute(node, "kernel"), pairAttribute(node, "stride"));
  },
};

/** torch.nn.AvgPool2d in floor mode; what lies over the edge counts as zeros. */
export const avgPool2d: Op = {
  apply(application) {
    const { node } = application;
    const { tf } = application.backend;
    const x = rank4(onlyInput(application), node.name);
    const padded = padPixels(tf, x, paddingAttribute(node, "padding"), 0);
    return tf.avgPool(padded, [...pairAttribute(node, "kernel")], [...pairAttribute(node, "stride")], "valid");
  },
};
