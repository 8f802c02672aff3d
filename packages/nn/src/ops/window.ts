import { z } from "zod";
import { Mismatch, type Shape, shapeText, spatialAxes } from "./op.js";

const size = z.int().min(1).max(65_536);
const edge = z.int().min(0).max(65_536);

/** One whole number from 1 on for each axis: `[height, width]`. */
export const sizesSchema = (axes: number) =>
  z.array(size).length(axes, { error: `expected ${axes} numbers: ${spatialAxes(axes).join(", ")}` });
/** How much is put before and after each axis, from 0 on: `[top, bottom, left, right]`. */
export const paddingSchema = (axes: number) =>
  z.array(edge).length(2 * axes, { error: `expected ${2 * axes} numbers: before and after each axis` });
export const groupsSchema = size;

export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  /** Before and after each axis. */
  readonly padding: readonly number[];
  /** Default 1 everywhere. */
  readonly dilation?: readonly number[];
}

const at = (values: readonly number[], index: number) => values[index] ?? 0;

/**
 * The sizes after a window slid over each axis, rounded down.
 * Source: the shape formula of PyTorch's `nn.Conv2d` and `nn.MaxPool2d`.
 *
 * @throws Mismatch when the window is larger than the padded value
 */
export function slide(sizes: Shape, { kernel, stride, padding, dilation }: Window): number[] {
  const slid = sizes.map((length, axis) => {
    const reach = (dilation === undefined ? 1 : at(dilation, axis)) * (at(kernel, axis) - 1);
    const room = length + at(padding, 2 * axis) + at(padding, 2 * axis + 1) - reach - 1;
    return Math.floor(room / at(stride, axis)) + 1;
  });
  if (slid.some((length) => !(length >= 1)))
    throw new Mismatch(
      `${sizes.length === 2 ? "an image" : "a value"} that a ${kernel.join("×")} window fits into`,
      shapeText(sizes),
    );
  return slid;
}

/**
 * The sizes after a transposed convolution.
 * Source: the shape formula of PyTorch's `nn.ConvTranspose2d`.
 *
 * @throws Mismatch when nothing is left
 */
export function slideBack(sizes: Shape, window: Window & { readonly outputPadding: readonly number[] }): number[] {
  const { kernel, stride, padding, dilation, outputPadding } = window;
  const slid = sizes.map((length, axis) => {
    const reach = (dilation === undefined ? 1 : at(dilation, axis)) * (at(kernel, axis) - 1);
    const removed = at(padding, 2 * axis) + at(padding, 2 * axis + 1);
    return (length - 1) * at(stride, axis) - removed + reach + at(outputPadding, axis) + 1;
  });
  if (slid.some((length) => !(length >= 1)))
    throw new Mismatch(`padding that leaves something of the image`, shapeText(sizes));
  return slid;
}
