import { z } from "zod";
import { defineOp, Mismatch, shapeText } from "./op.js";

/**
 * Joins all dimensions from `startDim` on, in row-major order of `[batch, channels, height, width]`.
 * Attributes: `startDim`, from 1 on: the batch stays. Source: PyTorch's `nn.Flatten`.
 */
export const flatten = defineOp({
  name: "flatten",
  attributes: z.strictObject({ startDim: z.int().min(1).max(15) }),
  parameters: {},
  infer({ input, attributes: { startDim } }) {
    if (startDim >= input.length) throw new Mismatch(`a value with a dimension ${startDim}`, shapeText(input));
    return [...input.slice(0, startDim), input.slice(startDim).reduce((product, size) => product * size, 1)];
  },
});
