import { elementCount, TributaryError } from "@tributary/protocol";
import { onlyInput, type Program } from "../graph/program.js";

/** Samples and their labels. */
export interface Batch {
  /** In PyTorch's layout, `[batch, channels, height, width]`, row-major. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
  /** One class per sample, from 0. */
  readonly labels: Int32Array;
}

/** @throws TributaryError `shape_mismatch` when the images do not fit the model's input */
export function checkImages(program: Program, images: Float32Array, shape: readonly number[]): void {
  const input = onlyInput(program);
  const [batch = 0, ...sample] = shape;
  const fits = Number.isInteger(batch) && batch > 0 && String(sample) === String(input.shape.slice(1));
  if (!fits || images.length !== elementCount(shape))
    throw new TributaryError(
      "shape_mismatch",
      `a batch is [${shape}] with ${images.length} values; the model takes [${input.shape}]`,
    );
  const rows = program.indexed.get(input.name);
  if (rows === undefined) return;
  const stray = images.find((index) => !(Number.isInteger(index) && index >= 0 && index < rows));
  if (stray !== undefined)
    throw new TributaryError("shape_mismatch", `index ${stray} does not fit the ${rows} rows of the embedding`);
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
