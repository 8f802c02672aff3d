import { elementCount, TributaryError } from "@tributary/protocol";
import type { Program } from "../graph/program.js";

/** Samples with their classes, as a loader gives them. */
export interface Batch {
  /** Row-major, in the layout of `shape`. */
  readonly images: Float32Array;
  /** [batch, ...sample]: `[32, 1, 28, 28]`. */
  readonly shape: readonly number[];
  /** The class of each sample, from 0. */
  readonly labels: Int32Array;
}

/** @throws TributaryError `shape_mismatch` when the samples are not what the program takes */
export function checkImages({ input }: Program, images: Float32Array, shape: readonly number[]): void {
  const fits = shape.length === input.shape.length && input.shape.every((size, i) => size === -1 || size === shape[i]);
  if (!fits || elementCount(shape) !== images.length || images.length === 0)
    throw new TributaryError(
      "shape_mismatch",
      `a batch is [${shape}] with ${images.length} values; the model takes [${input.shape}]`,
    );
}

/** @throws TributaryError `shape_mismatch` when samples and labels do not fit each other or the model */
export function checkBatch(program: Program, classes: number, { images, shape, labels }: Batch): void {
  checkImages(program, images, shape);
  if (labels.length !== shape[0])
    throw new TributaryError("shape_mismatch", `a batch has ${shape[0]} samples and ${labels.length} labels`);
  const stray = labels.find((label) => label < 0 || label >= classes);
  if (stray !== undefined)
    throw new TributaryError("shape_mismatch", `label ${stray} does not fit the model's ${classes} classes`);
}
