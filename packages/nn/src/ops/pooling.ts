import { z } from "zod";
import { channelsFirst, defineOp, Mismatch } from "./op.js";
import { paddingSchema, sizesSchema, slide } from "./window.js";

/**
 * A pool over `axes` axes: `[batch, channels, ...sizes]` to `[batch, channels, ...sizes']`, rounded down.
 * Attributes: `kernel` and `stride`, a number for each axis; `padding`, how much lies before and after each axis, at most half
 * of the kernel, as PyTorch asks.
 */
const pool = (name: string, axes: number) =>
  defineOp({
    name: `${name}${axes}d`,
    attributes: z.strictObject({ kernel: sizesSchema(axes), stride: sizesSchema(axes), padding: paddingSchema(axes) }),
    infer({ input, attributes: window }) {
      const { batch, channels, sizes } = channelsFirst(input, axes);
      if (window.padding.some((size, at) => size * 2 > (window.kernel[Math.floor(at / 2)] ?? 0)))
        throw new Mismatch(
          "padding of at most half the kernel",
          `padding [${window.padding}] for kernel [${window.kernel}]`,
        );
      return [batch, channels, ...slide(sizes, window)];
    },
  });

/** The largest value of each window; padding never wins. Source: PyTorch's `nn.MaxPool1d`. */
export const maxPool1d = pool("max_pool", 1);
/** See {@link maxPool1d}. Source: PyTorch's `nn.MaxPool2d`. */
export const maxPool2d = pool("max_pool", 2);
/** See {@link maxPool1d}. Source: PyTorch's `nn.MaxPool3d`. */
export const maxPool3d = pool("max_pool", 3);
/** The mean of each window; padding counts as zeros (`count_include_pad`). Source: PyTorch's `nn.AvgPool1d`. */
export const avgPool1d = pool("avg_pool", 1);
/** See {@link avgPool1d}. Source: PyTorch's `nn.AvgPool2d`. */
export const avgPool2d = pool("avg_pool", 2);
/** See {@link avgPool1d}. Source: PyTorch's `nn.AvgPool3d`. */
export const avgPool3d = pool("avg_pool", 3);

/**
 * Means over as many windows as asked for, whatever the input's size: output i is the mean of
 * ⌊i · size / output⌋ to ⌈(i + 1) · size / output⌉ − 1. Attributes: `output`, a number for each axis.
 */
const adaptiveAvgPool = (axes: number) =>
  defineOp({
    name: `adaptive_avg_pool${axes}d`,
    attributes: z.strictObject({ output: sizesSchema(axes) }),
    infer({ input, attributes: { output } }) {
      const { batch, channels } = channelsFirst(input, axes);
      return [batch, channels, ...output];
    },
  });

/** Source: PyTorch's `nn.AdaptiveAvgPool1d`. */
export const adaptiveAvgPool1d = adaptiveAvgPool(1);
/** Source: PyTorch's `nn.AdaptiveAvgPool2d`. */
export const adaptiveAvgPool2d = adaptiveAvgPool(2);
/** Source: PyTorch's `nn.AdaptiveAvgPool3d`. */
export const adaptiveAvgPool3d = adaptiveAvgPool(3);
