import { z } from "zod";
import { defineOp } from "./op.js";

/**
 * While training, each value is 0 with probability `p` and is scaled by 1 / (1 − p) otherwise; else nothing.
 * Attributes: `p`, from 0 to below 1. Source: PyTorch's `nn.Dropout`.
 */
export const dropout = defineOp({
  name: "dropout",
  attributes: z.strictObject({ p: z.number().min(0).lt(1) }),
  parameters: {},
  infer: ({ input }) => [...input],
});
