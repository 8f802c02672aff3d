import { z } from "zod";
import { defineOp, Mismatch, requireShape, shapeText } from "./op.js";

/**
 * linear: x Wᵀ + b over the last dimension, `[…, in]` to `[…, out]`.
 * Parameters: `weight` [out, in], `bias` [out] (optional). Source: PyTorch's `nn.Linear`.
 */
export const linear = defineOp({
  name: "linear",
  attributes: z.strictObject({}),
  roles: ["weight", "bias?"],
  infer({ input, parameters }) {
    const weight = parameters.weight ?? [];
    const [out, inside] = weight;
    if (weight.length !== 2 || out === undefined || inside === undefined)
      throw new Mismatch("weight [out, in]", shapeText(weight));
    if (parameters.bias) requireShape("bias", parameters.bias, [out]);
    if (input.length !== 2 || input[1] !== inside) throw new Mismatch(`[batch, ${inside}]`, shapeText(input));
    return [...input.slice(0, -1), out];
  },
});
