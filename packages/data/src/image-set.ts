/** How pixel values become numbers: (value / 255 − mean) / deviation, by channel. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Labelled images in memory. */
export interface ImageSet {
  /** Name of the data set: "mnist". */
  readonly name: string;
  readonly count: number;
  /** One sample: [channels, height, width]. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  /** count * channels * height * width values, 0 to 255, one image after the other. */
  readonly images: Uint8Array;
  /** count labels, 0 to classes − 1. */
  readonly labels: Uint8Array;
  readonly normalisation: Normalisation;
}

/** How many values one sample is. */
export const sampleSize = ({ shape: [channels, height, width] }: Pick<ImageSet, "shape">): number =>
  channels * height * width;

/** How often each label occurs. */
export function labelCounts({ labels, classes }: Pick<ImageSet, "labels" | "classes">): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Mean and deviation of the pixel values by channel, as fractions of 255: what `normalisation` is made of. */
export function statistics(set: Pick<ImageSet, "images" | "count" | "shape">): Normalisation {
  const [channels, height, width] = set.shape;
  const pixels = height * width;
  const sums = Array.from({ length: channels }, () => ({ sum: 0, squares: 0 }));
  for (let at = 0; at < set.images.length; at++) {
    const channel = sums[Math.floor(at / pixels) % channels];
    const value = set.images[at] ?? 0;
    if (channel === undefined) continue;
    channel.sum += value;
    channel.squares += value * value;
  }
  const total = set.count * pixels;
  const mean = sums.map(({ sum }) => sum / total / 255);
  const deviation = sums.map(({ squares }, channel) =>
    Math.sqrt(Math.max(0, squares / total / 255 ** 2 - (mean[channel] ?? 0) ** 2)),
  );
  return { mean, deviation };
}

/** The samples at `indices`, in that order. */
export function subset(set: ImageSet, indices: Int32Array): ImageSet {
  const size = sampleSize(set);
  const images = new Uint8Array(indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (const [place, index] of indices.entries()) {
    images.set(set.images.subarray(index * size, (index + 1) * size), place * size);
    labels[place] = set.labels[index] ?? 0;
  }
  return { ...set, count: indices.length, images, labels };
}
