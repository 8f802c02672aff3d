import { TributaryError } from "@tributary/protocol";
import { indexOfHighest } from "./highest.js";
import { checkCount, checkRows, type Outputs } from "./rows.js";

/**
 * How the scores of the classes become one: `macro` is their mean, `weighted` their mean by samples of the class, `micro` is
 * of all decisions together, which of one label a sample is the accuracy.
 */
export type Average = "macro" | "weighted" | "micro";

/** What was found of one class, each from 0 to 1. Where nothing can be said (0 / 0) it is 0, as in scikit-learn. */
export interface ClassScores {
  /** Share of those called this class that are of it. */
  readonly precision: number;
  /** Share of this class that were called so. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
}

/** Counts what a classifier calls the samples of each class. Whole numbers: the order of the batches does not matter. */
export class ConfusionMatrix {
  readonly classes: number;
  /** `[actual * classes + predicted]`: how many samples. */
  readonly counts: Float64Array;

  /** @throws TributaryError `invalid_request` unless `classes` is a whole number above 0 */
  constructor(classes: number) {
    checkCount("classes", classes);
    this.classes = classes;
    this.counts = new Float64Array(classes * classes);
  }

  /**
   * Counts samples. The class that a sample is called is that of its highest output, the first of several; a NaN counts as
   * highest, as in PyTorch.
   *
   * @param outputs `[samples, classes]`, row-major
   * @param labels from 0
   * @throws TributaryError `shape_mismatch` when the two do not fit
   */
  add(outputs: Outputs, labels: ArrayLike<number>): void {
    checkRows(outputs, labels, this.classes);
    for (let at = 0; at < labels.length; at++) {
      const called = indexOfHighest(outputs.subarray(at * this.classes, (at + 1) * this.classes));
      const cell = (labels[at] ?? 0) * this.classes + called;
      this.counts[cell] = this.#count(cell) + 1;
    }
  }

  /** Adds what another one counted. @throws TributaryError `shape_mismatch` when it has other classes */
  merge(other: ConfusionMatrix): void {
    if (other.classes !== this.classes)
      throw new TributaryError("shape_mismatch", `${other.classes} classes do not fit ${this.classes}`);
    other.counts.forEach((count, cell) => {
      this.counts[cell] = this.#count(cell) + count;
    });
  }

  get samples(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Share of samples that were called what they are, from 0 to 1; NaN without samples. */
  get accuracy(): number {
    return this.#right / this.samples;
  }

  /** Scores of one class. */
  of(index: number): ClassScores {
    const right = this.#count(index * (this.classes + 1));
    const { actual, called } = this.#totals(index);
    return {
      precision: share(right, called),
      recall: share(right, actual),
      f1: share(2 * right, actual + called),
    };
  }

  /** Scores over all classes, also those without a sample. 0 without samples. */
  average(average: Average): ClassScores {
    if (average === "micro") {
      const all = share(this.#right, this.samples);
      return { precision: all, recall: all, f1: all };
    }
    const sums = { precision: 0, recall: 0, f1: 0 };
    let weights = 0;
    for (let index = 0; index < this.classes; index++) {
      const weight = average === "macro" ? 1 : this.#totals(index).actual;
      const { precision, recall, f1 } = this.of(index);
      weights += weight;
      sums.precision += weight * precision;
      sums.recall += weight * recall;
      sums.f1 += weight * f1;
    }
    return {
      precision: share(sums.precision, weights),
      recall: share(sums.recall, weights),
      f1: share(sums.f1, weights),
    };
  }

  get #right(): number {
    let right = 0;
    for (let index = 0; index < this.classes; index++) right += this.#count(index * (this.classes + 1));
    return right;
  }

  /** Samples of a class, and samples that were called so. */
  #totals(index: number): { readonly actual: number; readonly called: number } {
    let actual = 0;
    let called = 0;
    for (let other = 0; other < this.classes; other++) {
      actual += this.#count(index * this.classes + other);
      called += this.#count(other * this.classes + index);
    }
    return { actual, called };
  }

  #count(cell: number): number {
    return this.counts[cell] ?? 0;
  }
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
