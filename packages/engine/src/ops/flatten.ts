import { numberAttribute, onlyInput } from "./attributes.js";
import { toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Op } from "./op.js";

/** torch.nn.Flatten from `startDim` on. The order is PyTorch's, channels outermost, so that a linear layer's weights fit. */
export const flatten: Op = {
  apply(application) {
    const { tf } = application.backend;
    const x = toChannelsFirst(tf, onlyInput(application));
    const kept = x.shape.slice(0, numberAttribute(application.node, "startDim"));
    const size = x.shape.slice(kept.length).reduce((product, length) => product * length, 1);
    return toChannelsLast(tf, tf.reshape(x, [...kept, size]));
  },
};
