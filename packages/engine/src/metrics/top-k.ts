import { checkCount, checkRows, type Outputs } from "./rows.js";

/** Counts samples whose class is among the `k` highest outputs. */
export class TopK {
  readonly k: number;
  readonly #classes: number;
  #samples = 0;
  #right = 0;

  /** @param k at least `classes`: all are right @throws TributaryError `invalid_request` unless both are whole numbers above 0 */
  constructor(k: number, classes: number) {
    checkCount("k", k);
    checkCount("classes", classes);
    this.k = k;
    this.#classes = classes;
  }

  /**
   * Counts samples. Of equal outputs the first goes before; a NaN goes before every number, as in PyTorch.
   *
   * @param outputs `[samples, classes]`, row-major @throws TributaryError `shape_mismatch` when the two do not fit
   */
  add(outputs: Outputs, labels: ArrayLike<number>): void {
    checkRows(outputs, labels, this.#classes);
    for (let at = 0; at < labels.length; at++) {
      const row = outputs.subarray(at * this.#classes, (at + 1) * this.#classes);
      if (placeOf(row, labels[at] ?? 0) < this.k) this.#right += 1;
    }
    this.#samples += labels.length;
  }

  /** From 0 to 1; NaN without samples. */
  get accuracy(): number {
    return this.#right / this.#samples;
  }
}

/** How many outputs go before that of the label. */
function placeOf(row: Outputs, label: number): number {
  const own = row[label] ?? Number.NaN;
  let before = 0;
  for (const [index, value] of row.entries()) {
    const isHigher = value > own || (Number.isNaN(value) && !Number.isNaN(own));
    const isLevel = value === own || (Number.isNaN(value) && Number.isNaN(own));
    if (isHigher || (isLevel && index < label)) before += 1;
  }
  return before;
}
