import { z } from "zod";
import { defineOp, Mismatch, shapeText } from "./op.js";

/** max(0, x). It has no attributes. Source: PyTorch's `nn.ReLU`. */
export const relu = defineOp({
  name: "relu",
  attributes: z.strictObject({}),
  parameters: {},
  infer: ({ input }) => [...input],
});

const alongDimension = (name: string) =>
  defineOp({
    name,
    attributes: z.strictObject({ dim: z.int().min(0).max(15) }),
    parameters: {},
    infer({ input, attributes: { dim } }) {
      if (dim >= input.length) throw new Mismatch(`a value with a dimension ${dim}`, shapeText(input));
      return [...input];
    },
  });

/** exp(x) / Σ exp(x) along `dim`. Attributes: `dim`, counted from 0, the batch. Source: PyTorch's `nn.Softmax`. */
export const softmax = alongDimension("softmax");
/** x − log Σ exp(x) along `dim`. Attributes: `dim`, counted from 0, the batch. Source: PyTorch's `nn.LogSoftmax`. */
export const logSoftmax = alongDimension("log_softmax");
