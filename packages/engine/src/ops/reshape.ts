import type { Tensor } from "@tensorflow/tfjs-core";
import { flagAttribute, inputOf, numberAttribute, numbersAttribute, textAttribute } from "./attributes.js";
import { engineAxis, toChannelsFirst, toChannelsLast } from "./channels.js";
import type { Application, Op } from "./op.js";
import { linearly, nearest, resample } from "./resample.js";

/** What an op does to a value in PyTorch's layout. */
const inPytorchLayout = (compute: (application: Application, x: Tensor) => Tensor): Op => ({
  apply(application) {
    const { tf } = application.backend;
    return toChannelsLast(tf, compute(application, toChannelsFirst(tf, inputOf(application))));
  },
});

/** torch.nn.Flatten from `startDim` on. The order is PyTorch's, channels outermost, so that a linear layer's weights fit. */
export const flatten = inPytorchLayout(({ backend, node }, x) => {
  const kept = x.shape.slice(0, numberAttribute(node, "startDim"));
  const size = x.shape.slice(kept.length).reduce((product, length) => product * length, 1);
  return backend.tf.reshape(x, [...kept, size]);
});

/** torch.reshape of each sample. */
export const reshape = inPytorchLayout(({ backend, node }, x) =>
  backend.tf.reshape(x, [x.shape[0] ?? 0, ...numbersAttribute(node, "shape")]),
);

/** torch.permute. */
export const permute = inPytorchLayout(({ backend, node }, x) =>
  backend.tf.transpose(x, [...numbersAttribute(node, "dims", x.rank)]),
);

/** torch.nn.functional.pad, mode "constant". */
export const pad: Op = {
  apply(application) {
    const { backend, node } = application;
    const x = inputOf(application);
    const padding = numbersAttribute(node, "padding", 2 * (x.rank - 1));
    const around = x.shape.map((): [number, number] => [0, 0]);
    for (let dim = 1; dim < x.rank; dim++)
      around[engineAxis(x.rank, dim)] = [padding[2 * dim - 2] ?? 0, padding[2 * dim - 1] ?? 0];
    return backend.tf.pad(x, around, numberAttribute(node, "value"));
  },
};

/** torch.nn.Upsample: nearest, or linear along each axis in turn. */
export const upsample: Op = {
  apply(application) {
    const { backend, node } = application;
    const mode = textAttribute(node, "mode");
    const alignCorners = flagAttribute(node, "alignCorners");
    return numbersAttribute(node, "size").reduce((value, to, at) => {
      const axis = engineAxis(value.rank, at + 2);
      const from = value.shape[axis] ?? 0;
      if (from === to) return value;
      const resampling = mode === "nearest" ? nearest(from, to) : linearly(from, to, alignCorners);
      return resample(backend.tf, value, axis, resampling);
    }, inputOf(application));
  },
};
