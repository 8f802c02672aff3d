import { TributaryError } from "@tributary/protocol";
import type { Value } from "../module/value.js";
import type { Padding, Pair } from "../ops/window.js";

/** One number for both, or [height, width]. */
export type PairLike = number | readonly [number, number];

/** @throws TributaryError `shape_mismatch` */
export function asPair(value: PairLike, name: string): Pair {
  if (typeof value === "number") return [value, value];
  const [height, width, ...rest] = value;
  if (height === undefined || width === undefined || rest.length > 0)
    throw new TributaryError("shape_mismatch", `${name}: expected a number or [height, width], got [${value}]`);
  return [height, width];
}

/** The same number of rows above and below, of columns left and right. */
export function asPadding(value: PairLike, name: string): Padding {
  const [height, width] = asPair(value, name);
  return [height, height, width, width];
}

/** A dimension counted from the front; a negative one counts from the end. */
export const asDimension = (dim: number, { shape }: Value): number => (dim < 0 ? shape.length + dim : dim);
