import { stream, TributaryError } from "@tributary/protocol";
import { checkImageSet } from "../check-image-set.js";
import { type ImageSet, sampleSize } from "../image-set.js";

/** Samples to train or evaluate on at once. */
export interface Batch {
  /** batch * channels * height * width normalised values. Each batch has memory of its own. */
  readonly images: Float32Array;
  /** [batch, channels, height, width]. The last batch of a pass may be smaller. */
  readonly shape: readonly number[];
  readonly labels: Int32Array;
}

export interface LoaderOptions {
  /** Samples in a batch, 1 or more. */
  readonly batchSize: number;
  /** Passes over the set, at most. 0 or left out: 1, or as many as `maxBatches` takes. */
  readonly epochs?: number;
  /** Ends after this many batches, also in the middle of a pass. 0 or left out: no limit. */
  readonly maxBatches?: number;
  /** The order of each pass is drawn from the stream ("shuffle", …streamName, pass). Without it: the order of the set. */
  readonly shuffle?: { readonly seed: number; readonly streamName: readonly (string | number)[] };
}

/**
 * Walks through labelled images in batches, pixel values normalised by channel.
 * @throws TributaryError `invalid_request` when an option is no whole number, there is no sample, or the set does not fit together
 */
export function loader(set: ImageSet, options: LoaderOptions): Generator<Batch> {
  checkImageSet(set);
  const { batchSize, epochs = 0, maxBatches = 0 } = options;
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
  return walk(set, options);
}

function* walk(set: ImageSet, { batchSize, epochs = 0, maxBatches = 0, shuffle }: LoaderOptions): Generator<Batch> {
  const table = normalisationTable(set);
  const most = maxBatches || Number.POSITIVE_INFINITY;
  const passes = epochs || (maxBatches > 0 ? Number.POSITIVE_INFINITY : 1);
  let batches = 0;
  for (let pass = 0; pass < passes; pass++) {
    const order = Int32Array.from({ length: set.count }, (_, index) => index);
    if (shuffle) stream(shuffle.seed, "shuffle", ...shuffle.streamName, pass).shuffle(order);
    for (let from = 0; from < set.count; from += batchSize) {
      if (batches === most) return;
      batches += 1;
      yield batchOf(set, order.subarray(from, from + batchSize), table);
    }
  }
}

function batchOf(set: ImageSet, indices: Int32Array, table: readonly Float32Array[]): Batch {
  const size = sampleSize(set);
  const [, height, width] = set.shape;
  const pixels = height * width;
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let place = 0; place < indices.length; place++) {
    const index = indices[place] ?? 0;
    labels[place] = set.labels[index] ?? 0;
    for (const [channel, values] of table.entries()) {
      const from = index * size + channel * pixels;
      const to = place * size + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) images[to + pixel] = values[set.images[from + pixel] ?? 0] ?? 0;
    }
  }
  return { images, shape: [indices.length, ...set.shape], labels };
}

/** For each channel, the number that each of the 256 pixel values becomes. */
function normalisationTable({ shape: [channels], normalisation: { mean, deviation } }: ImageSet): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1)),
  );
}
