import { z } from "zod";
import { defineOp, Mismatch, requireDimension, shapeText } from "./op.js";

/** From 1 on: samples stay apart. */
const dim = z.int().min(1).max(15);

/** Values side by side along `dim`; their other sizes are the same. Source: PyTorch's `torch.cat`. */
export const concat = defineOp({
  name: "concat",
  inputs: [1, 1_000],
  attributes: z.strictObject({ dim }),
  infer({ input, inputs, attributes: { dim } }) {
    requireDimension(input, dim);
    let length = 0;
    for (const shape of inputs) {
      const fits = shape.length === input.length && shape.every((size, axis) => axis === dim || size === input[axis]);
      if (!fits) throw new Mismatch(`${shapeText(input)}, any size in dimension ${dim}`, shapeText(shape));
      length += shape[dim] ?? 0;
    }
    return input.map((size, axis) => (axis === dim ? length : size));
  },
});

/** `length` places of dimension `dim` from `start` on. Source: PyTorch's `torch.narrow`, of which `torch.split` is made. */
export const narrow = defineOp({
  name: "narrow",
  attributes: z.strictObject({ dim, start: z.int().min(0), length: z.int().min(1) }),
  infer({ input, attributes: { dim, start, length } }) {
    requireDimension(input, dim);
    const size = input[dim] ?? 0;
    if (start + length > size) throw new Mismatch(`places within ${size} of dimension ${dim}`, `${start} + ${length}`);
    return input.map((size, axis) => (axis === dim ? length : size));
  },
});
