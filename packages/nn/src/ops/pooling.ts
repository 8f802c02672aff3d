import { z } from "zod";
import { defineOp, imageShape, Mismatch } from "./op.js";
import { paddingSchema, pairSchema, slide } from "./window.js";

const attributes = z.strictObject({ kernel: pairSchema, stride: pairSchema, padding: paddingSchema });

/**
 * A pool: `[batch, channels, height, width]` to `[batch, channels, height', width']`, sizes rounded down.
 * Attributes: `kernel` [height, width], `stride` [height, width], `padding` [top, bottom, left, right].
 * Padding is at most half of the kernel, as PyTorch asks.
 */
const pool = (name: string) =>
  defineOp({
    name,
    attributes,
    parameters: {},
    infer({ input, attributes: window }) {
      const [batch, channels, height, width] = imageShape(input);
      const [top, bottom, left, right] = window.padding;
      const [kernelHeight, kernelWidth] = window.kernel;
      if (Math.max(top, bottom) * 2 > kernelHeight || Math.max(left, right) * 2 > kernelWidth)
        throw new Mismatch(
          "padding of at most half the kernel",
          `padding [${window.padding}] for kernel [${window.kernel}]`,
        );
      return [batch, channels, ...slide(height, width, window)];
    },
  });

/** The largest value of each window; padding never wins. Source: PyTorch's `nn.MaxPool2d`. */
export const maxPool2d = pool("max_pool2d");
/** The mean of each window; padding counts as zeros (`count_include_pad`). Source: PyTorch's `nn.AvgPool2d`. */
export const avgPool2d = pool("avg_pool2d");
