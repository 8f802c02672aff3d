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

function transposed(application: Application): Step {
  const { node } = application;
  const { attributes, ...step } = convolve("ConvTranspose", application);
  const outputPadding = numbersOf(node, "outputPadding");
  const strides = numbersOf(node, "stride");
  if (outputPadding.some((size, axis) => size >= (strides[axis] ?? 0)))
    return transposedWithLargeOutputPadding(application, outputPadding);
  return { ...step, attributes: { ...attributes, output_padding: { ints: outputPadding } } };
}

/**
 * Runtimes want less output padding than stride, PyTorch takes more where the filter is dilated: it takes back padding at the end
 * of an axis, and beyond that adds zeros, before the bias.
 */
function transposedWithLargeOutputPadding(application: Application, outputPadding: readonly number[]): Step {
  const { node, shape, write, parameters } = application;
  const { op, inputs, attributes } = convolve("ConvTranspose", application);
  const axes = outputPadding.length;
  const ends = padsOf(node)
    .slice(axes)
    .map((size, axis) => size - (outputPadding[axis] ?? 0));
  const pads = [...padsOf(node).slice(0, axes), ...ends.map((size) => Math.max(0, size))];
  const y = write.step(op, inputs.slice(0, 2), { ...attributes, pads: { ints: pads } });
  const added = [...shape.map(() => 0), 0, 0, ...ends.map((size) => Math.max(0, -size))];
  const padded: Step = { op: "Pad", inputs: [y, write.ints(added)] };
  if (parameters.bias === undefined) return padded;
  const bias = write.step("Reshape", [parameters.bias, write.ints([-1, ...outputPadding.map(() => 1)])]);
  return { op: "Add", inputs: [write.step(padded.op, padded.inputs), bias] };
}

export const convolution: OnnxRules = { conv1d: conv, conv2d: conv, conv3d: conv, conv_transpose2d: transposed };
