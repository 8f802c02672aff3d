import { z } from "zod";
import { defineOp, Mismatch, requireDimension, shapeText, valuesPerSample } from "./op.js";

/**
 * Joins all dimensions from `startDim` on, in row-major order of `[batch, channels, height, width]`.
 * Attributes: `startDim`, from 1 on: the batch stays. Source: PyTorch's `nn.Flatten`.
 */
export const flatten = defineOp({
  name: "flatten",
  attributes: z.strictObject({ startDim: z.int().min(1).max(15) }),
  infer({ input, attributes: { startDim } }) {
    requireDimension(input, startDim);
    return [...input.slice(0, startDim), input.slice(startDim).reduce((product, size) => product * size, 1)];
  },
});

/**
 * Another shape for each sample, its values in row-major order.
 * Attributes: `shape`, without the batch. Source: PyTorch's `torch.reshape`, `nn.Unflatten`.
 */
export const reshape = defineOp({
  name: "reshape",
  attributes: z.strictObject({ shape: z.array(z.int().min(1)).max(15) }),
  infer({ input, attributes: { shape } }) {
    const made = [-1, ...shape];
    if (valuesPerSample(made) !== valuesPerSample(input))
      throw new Mismatch(`${valuesPerSample(made)} values a sample for ${shapeText(made)}`, shapeText(input));
    return made;
  },
});

/** The dimensions in another order. Attributes: `dims`, all of them, the batch first. Source: PyTorch's `torch.permute`. */
export const permute = defineOp({
  name: "permute",
  attributes: z.strictObject({ dims: z.array(z.int().min(0).max(15)).min(1).max(16) }),
  infer({ input, attributes: { dims } }) {
    const isOrder = dims.length === input.length && [...dims].sort((a, b) => a - b).every((dim, at) => dim === at);
    if (!isOrder || dims[0] !== 0)
      throw new Mismatch(`dims 0 to ${input.length - 1} in any order, 0 the first`, `[${dims.join(", ")}]`);
    return dims.map((dim) => input[dim] ?? 0);
  },
});

/**
 * Puts `value` around each sample. Attributes: `padding`, before and after each dimension from 1 on; `value`.
 * Source: PyTorch's `torch.nn.functional.pad`, mode "constant".
 */
export const pad = defineOp({
  name: "pad",
  attributes: z.strictObject({ padding: z.array(z.int().min(0).max(65_536)).max(30), value: z.number() }),
  infer({ input, attributes: { padding } }) {
    const [batch = -1, ...sizes] = input;
    if (padding.length !== 2 * sizes.length)
      throw new Mismatch(`${2 * sizes.length} paddings for ${shapeText(input)}`, String(padding.length));
    return [batch, ...sizes.map((size, axis) => size + (padding[2 * axis] ?? 0) + (padding[2 * axis + 1] ?? 0))];
  },
});

/**
 * Other sizes behind the channels of `[batch, channels, ...sizes]`, by the nearest value or by linear interpolation along each
 * axis. Attributes: `size`, a number for each axis; `mode`, "nearest" or "linear"; `alignCorners`, for "linear".
 * Source: PyTorch's `nn.Upsample`.
 */
export const upsample = defineOp({
  name: "upsample",
  attributes: z.strictObject({
    size: z.array(z.int().min(1).max(65_536)).min(1).max(3),
    mode: z.enum(["nearest", "linear"]),
    alignCorners: z.boolean(),
  }),
  infer({ input, attributes: { size } }) {
    if (input.length !== size.length + 2)
      throw new Mismatch(`[batch, channels, ${size.length} sizes]`, shapeText(input));
    return [...input.slice(0, 2), ...size];
  },
});
