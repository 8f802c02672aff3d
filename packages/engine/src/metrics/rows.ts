import { TributaryError } from "@tributary/protocol";

/** Outputs of a classifier, `[samples, classes]` row-major. */
export type Outputs = Float32Array | Float64Array;

/** @throws TributaryError `invalid_request` unless it is a whole number above 0 */
export function checkCount(what: string, count: number): void {
  if (!(Number.isSafeInteger(count) && count > 0))
    throw new TributaryError("invalid_request", `${what} must be a whole number above 0, got ${count}`);
}

/** @throws TributaryError `shape_mismatch` when outputs and labels do not fit each other or the classes */
export function checkRows(outputs: Outputs, labels: ArrayLike<number>, classes: number): void {
  if (outputs.length !== labels.length * classes)
    throw new TributaryError(
      "shape_mismatch",
      `${outputs.length} outputs are not ${labels.length} labels by ${classes} classes`,
    );
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at] ?? Number.NaN;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new TributaryError("shape_mismatch", `label ${label} does not fit ${classes} classes`);
  }
}
