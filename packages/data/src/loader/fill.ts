import type { RandomStream } from "@tributary/protocol";
import { type Dataset, sampleSize, valueRange } from "../dataset.js";
import { type Pipeline, pipeline } from "../transforms/pipeline.js";
import type { Transform } from "../transforms/transform.js";

/** Makes the values of a batch out of the samples at some places. */
export interface Fill extends Pick<Pipeline, "shape" | "random" | "oneHot"> {
  values(indices: Int32Array, random: RandomStream): Float32Array;
}

/** 8-bit samples that are only normalised take a table, which is several times as fast and gives the same numbers. */
export function filler(set: Dataset, transforms: readonly Transform[]): Fill {
  const { shape, random, oneHot, run } = pipeline(set, transforms);
  const onlyNormalised = transforms.every(({ kind }) => kind === "one-hot");
  const { values } = set;
  return {
    ...{ shape, random, oneHot },
    values:
      onlyNormalised && values instanceof Uint8Array
        ? throughTable({ ...set, values })
        : throughPipeline(set, { shape, run }),
  };
}

function throughPipeline(set: Dataset, { shape, run }: Pick<Pipeline, "shape" | "run">): Fill["values"] {
  const size = sampleSize(set);
  const sizeAfter = sampleSize({ shape });
  const range = valueRange(set.values);
  return (indices, random) => {
    const batch = new Float32Array(indices.length * sizeAfter);
    for (let place = 0; place < indices.length; place++) {
      const from = (indices[place] ?? 0) * size;
      // In double precision until the end, so that the order of transforms does not show in the last digit.
      const sample = Float64Array.from(set.values.subarray(from, from + size));
      if (range !== 1) for (let at = 0; at < size; at++) sample[at] = (sample[at] ?? 0) / range;
      batch.set(run(sample, random), place * sizeAfter);
    }
    return batch;
  };
}

function throughTable(set: Dataset & { readonly values: Uint8Array }): Fill["values"] {
  const size = sampleSize(set);
  const table = normalisationTable(set);
  const plane = size / table.length;
  return (indices) => {
    const batch = new Float32Array(indices.length * size);
    for (let place = 0; place < indices.length; place++)
      for (const [channel, numbers] of table.entries()) {
        const from = (indices[place] ?? 0) * size + channel * plane;
        const to = place * size + channel * plane;
        for (let at = 0; at < plane; at++) batch[to + at] = numbers[set.values[from + at] ?? 0] ?? 0;
      }
    return batch;
  };
}

/** For each channel, the number that each of the 256 values becomes. */
function normalisationTable({ shape: [channels = 1], normalisation: { mean, deviation } }: Dataset): Float32Array[] {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1)),
  );
}
