import { z } from "zod";
import { defineOp, imageShape, Mismatch, requireShape, shapeText } from "./op.js";
import { paddingSchema, pairSchema, slide } from "./window.js";

/**
 * conv2d: `[batch, in, height, width]` to `[batch, out, height', width']`.
 * Attributes: `stride` [height, width], `padding` [top, bottom, left, right], `dilation` [height, width], `groups` 1.
 * Parameters: `weight` [out, in, kernelHeight, kernelWidth], `bias` [out] (optional).
 * Source: PyTorch's `nn.Conv2d`, zero padding.
 */
export const conv2d = defineOp({
  name: "conv2d",
  attributes: z.strictObject({
    stride: pairSchema,
    padding: paddingSchema,
    dilation: pairSchema,
    groups: z.literal(1, { error: "only 1 group is supported" }),
  }),
  parameters: { weight: "required", bias: "optional" },
  infer({ input, attributes, parameters }) {
    const weight = parameters.weight ?? [];
    const [out, inside, kernelHeight, kernelWidth] = weight;
    if (
      weight.length !== 4 ||
      out === undefined ||
      inside === undefined ||
      kernelHeight === undefined ||
      kernelWidth === undefined
    )
      throw new Mismatch("weight [out, in, kernelHeight, kernelWidth]", shapeText(weight));
    if (parameters.bias) requireShape("bias", parameters.bias, [out]);
    const [batch, , height, width] = imageShape(input, inside);
    return [batch, out, ...slide(height, width, { ...attributes, kernel: [kernelHeight, kernelWidth] })];
  },
});
