import { z } from "zod";
import { defineOp, Mismatch, requireDimension } from "./op.js";

/**
 * One number in place of each line along `dims`. Attributes: `dims`, from 1 on, rising; `keepDim`, whether they stay with
 * size 1.
 */
const reduction = (name: string) =>
  defineOp({
    name,
    attributes: z.strictObject({ dims: z.array(z.int().min(1).max(15)).min(1).max(15), keepDim: z.boolean() }),
    infer({ input, attributes: { dims, keepDim } }) {
      if (dims.some((dim, at) => at > 0 && dim <= (dims[at - 1] ?? 0)))
        throw new Mismatch("rising dims, each once", `[${dims.join(", ")}]`);
      for (const dim of dims) requireDimension(input, dim);
      if (keepDim) return input.map((size, axis) => (dims.includes(axis) ? 1 : size));
      return input.filter((_, axis) => !dims.includes(axis));
    },
  });

/** Source: PyTorch's `torch.mean`. */
export const mean = reduction("mean");
/** Source: PyTorch's `torch.sum`. */
export const sum = reduction("sum");
/** Equal highest values share the gradient. Source: PyTorch's `torch.amax`. */
export const max = reduction("max");
