import { elementCount, TributaryError } from "@tributary/protocol";
import { checkInputs, type Dense } from "../graph/dense.js";
import { onlyOutput, type Program } from "../graph/program.js";
import { checkLabels, DEFAULT_IGNORE_INDEX } from "../losses/labels.js";
import type { LossSettings } from "../losses/loss.js";

/** Samples and their classes, as a loader gives them. */
export interface Batch {
  /** In PyTorch's layout, `[batch, channels, height, width]`, row-major. */
  readonly images: Float32Array;
  readonly shape: readonly number[];
  /** One class for each sample, from 0; where the model classifies each pixel, one for each of those, row-major. */
  readonly labels: Int32Array;
}

/** What a classifier gives for one sample: `classes` numbers for each of `places` (one, or each pixel). */
export interface Classifier {
  readonly classes: number;
  /** The model's output without batch and classes: [] for one class a sample. */
  readonly sizes: readonly number[];
}

/** @throws TributaryError `invalid_graph` when the model has several outputs, or one that is not `[batch, classes, ...]` */
export function classifierOf(program: Program): Classifier {
  const { shape } = onlyOutput(program);
  const [batch, classes, ...sizes] = shape;
  if (batch !== -1 || classes === undefined)
    throw new TributaryError("invalid_graph", `a classifier's output is [batch, classes, ...], got [${shape}]`);
  return { classes, sizes };
}

/** @throws TributaryError `shape_mismatch` when samples and labels do not fit each other or the model */
export function checkBatch(program: Program, { classes, sizes }: Classifier, loss: LossSettings, batch: Batch): void {
  const { labels } = batch;
  const samples = checkInputs(program, [inputOf(batch)]);
  const wanted = samples * elementCount(sizes);
  if (labels.length !== wanted)
    throw new TributaryError("shape_mismatch", `a batch has ${samples} samples and ${labels.length} labels`);
  // A single output tells two classes apart.
  checkLabels(labels, Math.max(2, classes), ignoredLabel(loss));
}

export const inputOf = ({ images, shape }: Batch): Dense => ({ shape, values: images });

/** Losses that take class indices; the others compare value by value. */
const takesClasses = ({ name }: LossSettings): boolean => name === "cross-entropy" || name === "nll";

/** The label that a loss leaves out; undefined where each must be a class. */
export const ignoredLabel = (loss: LossSettings): number | undefined =>
  loss.name === "cross-entropy" || loss.name === "nll" ? (loss.ignoreIndex ?? DEFAULT_IGNORE_INDEX) : undefined;

/** The labels as the loss takes them: class indices, or values of the outputs' shape, 1 at the class and 0 elsewhere. */
export function targetsOf(loss: LossSettings, { classes, sizes }: Classifier, { labels, shape }: Batch): Dense {
  const [samples = 0] = shape;
  if (takesClasses(loss)) return { shape: [samples, ...sizes], values: labels };
  if (classes === 1) return { shape: [samples, 1, ...sizes], values: Float32Array.from(labels) };
  const places = elementCount(sizes);
  const values = new Float32Array(samples * classes * places);
  labels.forEach((label, at) => {
    const sample = Math.floor(at / places);
    values[(sample * classes + label) * places + (at % places)] = 1;
  });
  return { shape: [samples, classes, ...sizes], values };
}
