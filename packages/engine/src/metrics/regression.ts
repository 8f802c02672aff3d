import { TributaryError } from "@tributary/protocol";
import { ExactSum } from "./exact-sum.js";
import { checkCount } from "./rows.js";

/** Sums of one output. */
class Column {
  readonly squaredErrors = new ExactSum();
  readonly absoluteErrors = new ExactSum();
  readonly targets = new ExactSum();
  readonly squaredTargets = new ExactSum();
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;

  add(output: number, target: number): void {
    this.squaredErrors.add((output - target) ** 2);
    this.absoluteErrors.add(Math.abs(output - target));
    this.targets.add(target);
    this.squaredTargets.add(target ** 2);
    this.#lowest = Math.min(this.#lowest, target);
    this.#highest = Math.max(this.#highest, target);
  }

  r2(samples: number): number {
    if (samples < 2) return Number.NaN;
    const errors = this.squaredErrors.value;
    const isFlat = this.#lowest === this.#highest;
    if (isFlat && Number.isFinite(errors)) return errors === 0 ? 1 : 0;
    const total = isFlat ? 0 : this.squaredTargets.value - this.targets.value ** 2 / samples;
    return 1 - errors / total;
  }
}

/**
 * Errors of outputs that are values. The sums are exact, so the order of the samples does not matter. A NaN in any output or
 * target makes every score NaN, an infinity makes it infinite or NaN.
 */
export class RegressionScores {
  readonly #columns: readonly Column[];
  #samples = 0;

  /** @param outputs values a sample @throws TributaryError `invalid_request` unless it is a whole number above 0 */
  constructor(outputs = 1) {
    checkCount("outputs", outputs);
    this.#columns = Array.from({ length: outputs }, () => new Column());
  }

  /** Both `[samples, outputs]`, row-major. @throws TributaryError `shape_mismatch` when they do not fit */
  add(outputs: ArrayLike<number>, targets: ArrayLike<number>): void {
    const width = this.#columns.length;
    if (outputs.length !== targets.length || outputs.length % width !== 0)
      throw new TributaryError(
        "shape_mismatch",
        `${outputs.length} outputs and ${targets.length} targets are not rows of ${width}`,
      );
    for (let at = 0; at < outputs.length; at++)
      this.#columns[at % width]?.add(outputs[at] ?? Number.NaN, targets[at] ?? Number.NaN);
    this.#samples += outputs.length / width;
  }

  /** Mean squared error over all values; NaN without samples. */
  get mse(): number {
    return this.#mean((column) => column.squaredErrors.value / this.#samples);
  }

  /** Mean absolute error over all values; NaN without samples. */
  get mae(): number {
    return this.#mean((column) => column.absoluteErrors.value / this.#samples);
  }

  /**
   * Coefficient of determination, at most 1: the mean over the outputs of 1 − squared errors / squared distances from the
   * targets' mean. As in scikit-learn, an output whose targets are all the same has 1 when it is met exactly, else 0; with
   * fewer than two samples it is NaN. Targets far from 0 beside their spread (1e5 times and more) cost digits.
   */
  get r2(): number {
    return this.#mean((column) => column.r2(this.#samples));
  }

  #mean(of: (column: Column) => number): number {
    return this.#columns.reduce((sum, column) => sum + of(column), 0) / this.#columns.length;
  }
}
