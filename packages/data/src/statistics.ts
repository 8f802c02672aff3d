import { TributaryError } from "@tributary/protocol";
import { type Dataset, type Labels, type Normalisation, sampleSize, valueRange } from "./dataset.js";

/** How often each label occurs. */
export function labelCounts({ labels, classes }: Pick<Dataset, "labels" | "classes">): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/**
 * Mean and standard deviation (of the population) of each channel: 8-bit values as fractions of 255, so that they lie between 0 and
 * 1, and float32 values as they are. Two passes, so that a mean far from 0 costs no digits.
 */
export function channelStatistics(set: Pick<Dataset, "values" | "shape">): Normalisation {
  const range = valueRange(set.values);
  const mean = channelMeans(set, (value) => value);
  const variance = channelMeans(set, (value, channel) => (value - (mean[channel] ?? 0)) ** 2);
  return {
    mean: mean.map((value) => value / range),
    deviation: variance.map((value) => Math.sqrt(value) / range),
  };
}

function channelMeans(
  { values, shape }: Pick<Dataset, "values" | "shape">,
  measure: (value: number, channel: number) => number,
): number[] {
  const [channels = 1] = shape;
  const plane = sampleSize({ shape }) / channels;
  const sums = new Float64Array(channels);
  for (let from = 0, channel = 0; from < values.length; from += plane, channel = (channel + 1) % channels) {
    let sum = 0;
    for (let at = from; at < from + plane; at++) sum += measure(values[at] ?? 0, channel);
    sums[channel] = (sums[channel] ?? 0) + sum;
  }
  const each = values.length / channels;
  return Array.from(sums, (sum) => (each === 0 ? 0 : sum / each));
}

/** Statistics to normalise by. A channel whose values are all the same is left as wide as it is. */
export function normalisationOf(set: Pick<Dataset, "values" | "shape">): Normalisation {
  const { mean, deviation } = channelStatistics(set);
  return { mean, deviation: deviation.map((value) => (value > 0 ? value : 1)) };
}

/**
 * Labels as rows of zeros with a one at the class: [labels, classes], row-major.
 * @throws TributaryError `invalid_request` naming a label that is no class
 */
export function oneHot(labels: Labels | readonly number[], classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (const [place, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new TributaryError("invalid_request", `the label ${label} at ${place} is none of ${classes} classes`, {
        hint: "Labels are whole numbers from 0; give the number of classes that the network tells apart.",
      });
    rows[place * classes + label] = 1;
  }
  return rows;
}
