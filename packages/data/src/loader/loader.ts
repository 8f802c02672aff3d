import { stream } from "@tributary/protocol";
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
  readonly batchSize: number;
  /** Passes over the set. Default 1, or as many as `maxBatches` takes. */
  readonly epochs?: number;
  /** Ends after this many batches, also in the middle of a pass. */
  readonly maxBatches?: number;
  /** The order of each pass is drawn from the stream ("shuffle", …streamName, pass). Without it: the order of the set. */
  readonly shuffle?: { readonly seed: number; readonly streamName: readonly (string | number)[] };
}

/** Walks through labelled images in batches, pixel values normalised by channel. */
export function* loader(set: ImageSet, { batchSize, epochs, maxBatches, shuffle }: LoaderOptions): Generator<Batch> {
  const table = normalisationTable(set);
  const passes = epochs ?? (maxBatches === undefined ? 1 : Number.POSITIVE_INFINITY);
  let batches = 0;
  for (let pass = 0; pass < passes; pass++) {
    const order = Int32Array.from({ length: set.count }, (_, index) => index);
    if (shuffle) stream(shuffle.seed, "shuffle", ...shuffle.streamName, pass).shuffle(order);
    for (let from = 0; from < set.count; from += batchSize) {
      if (batches === maxBatches) return;
      batches += 1;
      yield batchOf(set, order.subarray(from, from + batchSize), table);
    }
  }
}

function batchOf(set: ImageSet, indices: Int32Array, table: readonly Float32Array[]): Batch {
  const size = sampleSize(set);
  const [channels, height, width] = set.shape;
  const pixels = height * width;
  const images = new Float32Array(indices.length * size);
  const labels = new Int32Array(indices.length);
  for (let place = 0; place < indices.length; place++) {
    const index = indices[place] as number;
    labels[place] = set.labels[index] as number;
    for (let channel = 0; channel < channels; channel++) {
      const values = table[channel] as Float32Array;
      const from = index * size + channel * pixels;
      const to = place * size + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++)
        images[to + pixel] = values[set.images[from + pixel] as number] as number;
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
