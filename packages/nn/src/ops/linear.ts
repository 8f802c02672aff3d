import { z } from "zod";
import { defineOp, Mismatch, requireShape, shapeText } from "./op.js";

/**
 * linear: x Wᵀ + b, `[batch, in]` to `[batch, out]`. It has no attributes.
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
    const [batch, features] = input;
    if (input.length !== 2 || batch === undefined || features !== inside)
      throw new Mismatch(`[batch, ${inside}]`, shapeText(input));
    return [batch, out];
  },
});
