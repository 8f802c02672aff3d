import type { NaturalIds } from "./natural-ids.js";

/** How values become inputs of a network: (value − mean) / deviation, by channel, where an 8-bit value stands for value / 255. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Values of samples: 8-bit ones, as pixels are, or float32 ones, as measurements are. */
export type Values = Uint8Array | Float32Array;

/** One class a sample, from 0. */
export type Labels = Uint8Array | Int32Array;

/** Labelled samples in memory. */
export interface Dataset {
  /** Its name, by which jobs ask for it: "mnist". */
  readonly name: string;
  readonly count: number;
  /**
   * One sample. What comes first are its channels, each of which has a mean and a deviation of its own: [channels, height, width]
   * for images, [features] for rows of a table.
   */
  readonly shape: readonly number[];
  readonly classes: number;
  /** What each class is called, by label. Left out where they have no names. */
  readonly classNames?: readonly string[];
  /** One sample after the other, row-major. */
  readonly values: Values;
  /** count labels, 0 to classes − 1. */
  readonly labels: Labels;
  readonly normalisation: Normalisation;
  /** What it was read from, where people should know: not the official files, for example. */
  readonly origin?: string;
  /** Whose each sample is, where that is known: the writer, the patient, the device. */
  readonly ids?: NaturalIds;
}

/** A data set of 8-bit images, [channels, height, width]. */
export interface ImageSet extends Dataset {
  readonly shape: readonly [number, number, number];
  readonly values: Uint8Array;
}

/** How many values one sample is. */
export const sampleSize = ({ shape }: Pick<Dataset, "shape">): number =>
  shape.reduce((product, length) => product * length, 1);

/** What a value is divided by before it is normalised: 255 for 8-bit values, which so lie between 0 and 1. */
export const valueRange = (values: Values): number => (values instanceof Uint8Array ? 255 : 1);

/** The samples at `indices`, in that order. */
export function subset<Kind extends Dataset>(set: Kind, indices: Int32Array): Kind {
  const { ids } = set;
  return {
    ...set,
    count: indices.length,
    values: rows(set.values, sampleSize(set), indices),
    labels: rows(set.labels, 1, indices),
    ...(ids && { ids: { names: ids.names, of: rows(ids.of, 1, indices) } }),
  };
}

/** Rows of `size` numbers each. */
function rows<Numbers extends Values | Labels>(from: Numbers, size: number, indices: Int32Array): Numbers;
function rows(from: Values | Labels, size: number, indices: Int32Array): Values | Labels {
  const to = emptyLike(from, indices.length * size);
  for (let place = 0; place < indices.length; place++) {
    const at = (indices[place] ?? 0) * size;
    to.set(from.subarray(at, at + size), place * size);
  }
  return to;
}

function emptyLike(numbers: Values | Labels, length: number): Values | Labels {
  if (numbers instanceof Uint8Array) return new Uint8Array(length);
  return numbers instanceof Int32Array ? new Int32Array(length) : new Float32Array(length);
}
