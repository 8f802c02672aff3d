import { z } from "zod";
import { defineOp, Mismatch, requireShape, shapeText } from "./op.js";

/**
 * linear: x Wᵀ + b along the last dimension, `[batch, ..., in]` to `[batch, ..., out]`. It has no attributes.
 * Parameters: `weight` [out, in], `bias` [out] (optional). Source: PyTorch's `nn.Linear`.
 */
export const linear = defineOp({
  name: "linear",
  attributes: z.strictObject({}),
  parameters: { weight: "required", bias: "optional" },
  infer({ input, parameters }) {
    const weight = parameters.weight ?? [];
    const [out, inside] = weight;
    if (weight.length !== 2 || out === undefined || inside === undefined)
      throw new Mismatch("weight [out, in]", shapeText(weight));
    if (parameters.bias) requireShape("bias", parameters.bias, [out]);
    const between = input.slice(1, -1);
    if (input.length < 2 || input.at(-1) !== inside)
      throw new Mismatch(shapeText([-1, ...between, inside]), shapeText(input));
    return [...input.slice(0, -1), out];
  },
});
