import { z } from "zod";
import { defineOp, Mismatch, shapeText } from "./op.js";

const attributes = z.strictObject({ p: z.number().min(0).lt(1) });

/**
 * While training, each value is 0 with probability `p` and is scaled by 1 / (1 − p) otherwise; else nothing.
 * Attributes: `p`, from 0 to below 1. Source: PyTorch's `nn.Dropout`.
 */
export const dropout = defineOp({ name: "dropout", attributes, infer: ({ input }) => [...input] });

/**
 * Dropout of whole channels of `[batch, channels, ...]`. Attributes: `p`. Source: PyTorch's `nn.Dropout2d`.
 */
export const dropout2d = defineOp({
  name: "dropout2d",
  attributes,
  infer({ input }) {
    if (input.length < 3) throw new Mismatch("[batch, channels, height, width]", shapeText(input));
    return [...input];
  },
});
