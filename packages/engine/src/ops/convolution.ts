import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import { rank4 } from "../kernels/rank.js";
import { numberAttribute, onlyInput, paddingAttribute, pairAttribute, parameterOf } from "./attributes.js";
import type { Op } from "./op.js";
import { edgeOf, padPixels } from "./window.js";

/** torch.nn.Conv2d. Weight `[out, in, kernelHeight, kernelWidth]` is held as `[kernelHeight, kernelWidth, in, out]`. */
export const conv2d: Op = {
  axes: { weight: [2, 3, 1, 0] },
  apply(application) {
    const { backend, node, parameters, wantsInputGradient } = application;
    const { tf, kernels } = backend;
    if (numberAttribute(node, "groups") !== 1)
      throw new TributaryError("invalid_graph", `${node.name}: conv2d in groups is not supported`);
    const stride = pairAttribute(node, "stride");
    const padding = paddingAttribute(node, "padding");
    const [dilationHeight, dilationWidth] = pairAttribute(node, "dilation");

    const x = rank4(onlyInput(application), node.name);
    const weight = rank4(parameterOf(application, "weight"), node.name);
    const filter = dilate(tf, dilate(tf, weight, 0, dilationHeight), 1, dilationWidth);
    const edge = edgeOf([x.shape[1], x.shape[2]], [filter.shape[0], filter.shape[1]], stride, padding);
    const y =
      edge === undefined
        ? kernels.conv2d(padPixels(tf, x, padding, 0), filter, stride, "valid", wantsInputGradient)
        : kernels.conv2d(x, filter, stride, edge, wantsInputGradient);
    return parameters.bias === undefined ? y : kernels.biasAdd(y, parameters.bias);
  },
};

/**
 * Spreads a filter out: `dilation - 1` zeros between its values along `axis`. A dilated convolution is a plain one with the
 * spread filter, and TensorFlow.js can differentiate only plain ones.
 */
function dilate(tf: TensorFlow, filter: Tensor4D, axis: 0 | 1, dilation: number): Tensor4D {
  if (dilation === 1) return filter;
  const size = filter.shape[axis];
  const before = filter.shape.slice(0, axis).reduce((product, length) => product * length, 1);
  const after = filter.shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const rows: Tensor = tf.reshape(filter, [before * size, 1, after]);
  const spread = tf.reshape(
    tf.pad(rows, [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]),
    [before, size * dilation, after],
  );
  const length = (size - 1) * dilation + 1;
  const [height, width, inputs, outputs] = filter.shape;
  return tf.reshape(
    tf.slice(spread, [0, 0, 0], [before, length, after]),
    axis === 0 ? [length, width, inputs, outputs] : [height, length, inputs, outputs],
  );
}
