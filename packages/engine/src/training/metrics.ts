import { type LossName, sampleLoss } from "./loss.js";

/** What a classifier got right and wrong, summed up batch by batch. */
export class Metrics {
  readonly classes: number;
  readonly #loss: LossName;
  /** `[actual * classes + predicted]`: how many samples. */
  readonly confusion: Uint32Array;
  samples = 0;
  #lossSum = 0;

  constructor(classes: number, loss: LossName) {
    this.classes = classes;
    this.#loss = loss;
    this.confusion = new Uint32Array(classes * classes);
  }

  /** Counts a batch. @param outputs `[batch, classes]` @returns the mean loss of this batch; NaN stays NaN */
  add(outputs: Float32Array, labels: Int32Array): number {
    let sum = 0;
    labels.forEach((label, index) => {
      const row = outputs.subarray(index * this.classes, (index + 1) * this.classes);
      const cell = label * this.classes + indexOfHighest(row);
      this.confusion[cell] = (this.confusion[cell] ?? 0) + 1;
      sum += sampleLoss(this.#loss, row, label);
    });
    this.samples += labels.length;
    this.#lossSum += sum;
    return sum / labels.length;
  }

  /** Mean over all samples. */
  get loss(): number {
    return this.#lossSum / this.samples;
  }

  /** Share of samples whose highest output is at their class, from 0 to 1. */
  get accuracy(): number {
    let right = 0;
    for (let label = 0; label < this.classes; label++) right += this.confusion[label * (this.classes + 1)] ?? 0;
    return right / this.samples;
  }
}

/** The first of the highest values; a NaN counts as highest, as in PyTorch. */
function indexOfHighest(row: Float32Array): number {
  let index = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [at, value] of row.entries()) {
    if (Number.isNaN(value)) return at;
    if (value > highest) {
      highest = value;
      index = at;
    }
  }
  return index;
}
