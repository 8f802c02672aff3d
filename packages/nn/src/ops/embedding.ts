import { z } from "zod";
import { defineOp, Mismatch, shapeText } from "./op.js";

/**
 * A row of the weight in place of each index: `[batch, ...]` to `[batch, ..., features]`. Indices are whole numbers from 0 to
 * below the number of rows; they travel as float32, which holds them exactly.
 * Parameters: `weight` [rows, features]. Source: PyTorch's `nn.Embedding`.
 */
export const embedding = defineOp({
  name: "embedding",
  attributes: z.strictObject({}),
  parameters: { weight: "required" },
  infer({ input, parameters: { weight = [] } }) {
    const [, features] = weight;
    if (weight.length !== 2 || features === undefined) throw new Mismatch("weight [rows, features]", shapeText(weight));
    return [...input, features];
  },
});
