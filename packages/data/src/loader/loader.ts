import { stream, TributaryError } from "@tributary/protocol";
import { checkDataset } from "../check-dataset.js";
import type { Dataset } from "../dataset.js";
import { oneHot } from "../statistics.js";
import type { Transform } from "../transforms/transform.js";
import { type Fill, filler } from "./fill.js";

/** Samples to train or evaluate on at once. */
export interface Batch {
  /** Normalised values of all samples, row-major. Each batch has memory of its own. */
  readonly images: Float32Array;
  /** [batch, …sample]: [batch, channels, height, width] for images. The last batch of a pass may be smaller. */
  readonly shape: readonly number[];
  readonly labels: Int32Array;
  /** The labels as [batch, classes], where the transform `one-hot` is in the list. */
  readonly targets?: Float32Array;
}

/** Names a stream of random numbers: with the same one, the same is drawn. */
interface StreamName {
  readonly seed: number;
  readonly streamName: readonly (string | number)[];
}

export interface LoaderOptions {
  /** Samples in a batch, 1 or more. */
  readonly batchSize: number;
  /** Passes over the set, at most. 0 or left out: 1, or as many as `maxBatches` takes. */
  readonly epochs?: number;
  /** Ends after this many batches, also in the middle of a pass. 0 or left out: no limit. */
  readonly maxBatches?: number;
  /** The order of each pass is drawn from the stream ("shuffle", …streamName, pass). Without it: the order of the set. */
  readonly shuffle?: StreamName;
  /** What is done to each sample, first to last. Where none of it normalises, the set's own normalisation comes last. */
  readonly transforms?: readonly Transform[];
  /** Crops and flips of each pass are drawn from the stream ("transform", …streamName, pass). Left out: as `shuffle`. */
  readonly random?: StreamName;
}

/**
 * Walks through a data set in batches, transformed and normalised by channel.
 * @throws TributaryError `invalid_request` when an option is no whole number, there is no sample, the set does not fit together, a
 *   transform does not fit the samples, or one draws and there is no stream to draw from
 */
export function loader(set: Dataset, options: LoaderOptions): Generator<Batch> {
  checkDataset(set);
  const { batchSize, epochs = 0, maxBatches = 0, transforms = [], random = options.shuffle } = options;
  for (const [name, value, least] of [
    ["batchSize", batchSize, 1],
    ["epochs", epochs, 0],
    ["maxBatches", maxBatches, 0],
    ["count", set.count, 1],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      throw new TributaryError("invalid_request", `${name} is ${value}`, {
        hint: `Give a whole number, ${least} or more.`,
      });
  const fill = filler(set, transforms);
  if (fill.random && random === undefined)
    throw new TributaryError("invalid_request", "a transform is random, and there is no stream to draw from", {
      hint: "Give `random` or `shuffle`, with a seed and a name.",
    });
  return walk(set, { ...options, ...(random && { random }) }, fill);
}

function* walk(set: Dataset, options: LoaderOptions, fill: Fill): Generator<Batch> {
  const { batchSize, epochs = 0, maxBatches = 0, shuffle, random = { seed: 0, streamName: [] } } = options;
  const most = maxBatches || Number.POSITIVE_INFINITY;
  const passes = epochs || (maxBatches > 0 ? Number.POSITIVE_INFINITY : 1);
  let batches = 0;
  for (let pass = 0; pass < passes; pass++) {
    const order = Int32Array.from({ length: set.count }, (_, index) => index);
    if (shuffle) stream(shuffle.seed, "shuffle", ...shuffle.streamName, pass).shuffle(order);
    const draws = stream(random.seed, "transform", ...random.streamName, pass);
    for (let from = 0; from < set.count; from += batchSize) {
      if (batches === most) return;
      batches += 1;
      const indices = order.subarray(from, from + batchSize);
      const labels = Int32Array.from(indices, (index) => set.labels[index] ?? 0);
      yield {
        images: fill.values(indices, draws),
        shape: [indices.length, ...fill.shape],
        labels,
        ...(fill.oneHot && { targets: oneHot(labels, set.classes) }),
      };
    }
  }
}
