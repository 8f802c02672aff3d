import { elementCount } from "@tributary/protocol";
import type { Classifier } from "./batch.js";

/** What a classifier got right and wrong, summed up batch by batch. */
export class Scores {
  readonly classes: number;
  /** `[actual * classes + predicted]`: how many samples, or pixels where each of those is classified. */
  readonly confusion: Uint32Array;
  samples = 0;
  readonly #outputs: number;
  readonly #places: number;
  #lossSum = 0;

  /** A single output tells two classes apart: the second where it is above 0. */
  constructor(
    { classes, sizes }: Classifier,
    /** The label of what is not counted. */
    private readonly ignored?: number,
  ) {
    this.classes = Math.max(2, classes);
    this.#outputs = classes;
    this.#places = elementCount(sizes);
    this.confusion = new Uint32Array(this.classes ** 2);
  }

  /** Counts a batch. @param outputs `[batch, classes, ...]` @param loss mean of the batch; NaN stays NaN */
  add(outputs: Float32Array, labels: Int32Array, loss: number): void {
    labels.forEach((label, at) => {
      if (label === this.ignored) return;
      const sample = Math.floor(at / this.#places);
      const start = sample * this.#outputs * this.#places + (at % this.#places);
      const cell = label * this.classes + this.#predicted(outputs, start);
      this.confusion[cell] = (this.confusion[cell] ?? 0) + 1;
    });
    const samples = labels.length / this.#places;
    this.samples += samples;
    this.#lossSum += loss * samples;
  }

  /** Mean over all samples. */
  get loss(): number {
    return this.#lossSum / this.samples;
  }

  /** Share of what was counted whose highest output is at its class, from 0 to 1; NaN of nothing. */
  get accuracy(): number {
    let right = 0;
    for (let label = 0; label < this.classes; label++) right += this.confusion[label * (this.classes + 1)] ?? 0;
    return right / this.confusion.reduce((sum, count) => sum + count, 0);
  }

  /** The first of the highest values; a NaN counts as highest, as in PyTorch. */
  #predicted(outputs: Float32Array, start: number): number {
    if (this.#outputs === 1) return (outputs[start] ?? Number.NaN) > 0 ? 1 : 0;
    let index = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.#outputs; at++) {
      const value = outputs[start + at * this.#places] ?? Number.NaN;
      if (Number.isNaN(value)) return at;
      if (value > highest) {
        highest = value;
        index = at;
      }
    }
    return index;
  }
}
