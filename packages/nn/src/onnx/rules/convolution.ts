import { numberOf, numbersOf, padsOf } from "../attributes.js";
import type { Step } from "../node-writer.js";
import type { Application, OnnxRules } from "../rule.js";

/** ONNX's weights and groups are PyTorch's. */
function convolve(op: string, { node, x, parameters, parameterShapes }: Application) {
  const { weight = "", bias } = parameters;
  return {
    op,
    inputs: bias === undefined ? [x, weight] : [x, weight, bias],
    attributes: {
      kernel_shape: { ints: parameterShapes.weight?.slice(2) ?? [] },
      strides: { ints: numbersOf(node, "stride") },
      pads: { ints: padsOf(node) },
      dilations: { ints: numbersOf(node, "dilation") },
      group: { i: numberOf(node, "groups") },
    },
  };
}

const conv = (application: Application): Step => convolve("Conv", application);

export const convolution: OnnxRules = {
  conv1d: conv,
  conv2d: conv,
  conv3d: conv,
  conv_transpose2d(application) {
    const { attributes, ...step } = convolve("ConvTranspose", application);
    return {
      ...step,
      attributes: { ...attributes, output_padding: { ints: numbersOf(application.node, "outputPadding") } },
    };
  },
};
