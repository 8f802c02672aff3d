import { z } from "zod";
import { Mismatch, shapeText } from "./op.js";

const size = z.int().min(1).max(65_536);
/** [height, width], each 1 or more. */
export const pairSchema = z.tuple([size, size]);
const edge = z.int().min(0).max(65_536);
/** [top, bottom, left, right], each 0 or more. */
export const paddingSchema = z.tuple([edge, edge, edge, edge]);

export type Pair = z.output<typeof pairSchema>;
export type Padding = z.output<typeof paddingSchema>;

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation?: Pair;
}

/**
 * Height and width after a window slid over an image, rounded down.
 * Source: the shape formula of PyTorch's `nn.Conv2d` and `nn.MaxPool2d`.
 *
 * @throws Mismatch when the window is larger than the padded image
 */
export function slide(height: number, width: number, { kernel, stride, padding, dilation = [1, 1] }: Window): Pair {
  const [top, bottom, left, right] = padding;
  const along = (length: number, axis: 0 | 1, before: number, after: number) =>
    Math.floor((length + before + after - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  const slid: Pair = [along(height, 0, top, bottom), along(width, 1, left, right)];
  if (slid.some((length) => length < 1))
    throw new Mismatch(`an image that a ${kernel.join("×")} window fits into`, shapeText([height, width]));
  return slid;
}
