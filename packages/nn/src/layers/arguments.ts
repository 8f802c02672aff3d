import { TributaryError } from "@tributary/protocol";
import type { Value } from "../module/value.js";
import { spatialAxes } from "../ops/op.js";

/** One number for every axis, or one for each: [height, width]. */
export type SizesLike = number | readonly number[];
/** One number for both, or [height, width]. */
export type PairLike = number | readonly [number, number];

/** @throws TributaryError `shape_mismatch` */
export function asSizes(value: SizesLike, axes: number, name: string): number[] {
  if (typeof value === "number") return Array.from({ length: axes }, () => value);
  if (value.length !== axes)
    throw new TributaryError(
      "shape_mismatch",
      `${name}: expected a number${axes === 1 ? "" : ` or [${spatialAxes(axes).join(", ")}]`}, got [${value}]`,
    );
  return [...value];
}

/** As much before an axis as after it: [top, bottom, left, right]. @throws TributaryError `shape_mismatch` */
export const asPadding = (value: SizesLike, axes: number, name: string): number[] =>
  asSizes(value, axes, name).flatMap((size) => [size, size]);

/** A dimension counted from the front; a negative one counts from the end. */
export const asDimension = (dim: number, { shape }: Value): number => (dim < 0 ? shape.length + dim : dim);

/** Dimensions counted from the front, rising, each once. */
export const asDimensions = (dims: number | readonly number[], x: Value): number[] =>
  [...new Set([dims].flat().map((dim) => asDimension(dim, x)))].sort((a, b) => a - b);
