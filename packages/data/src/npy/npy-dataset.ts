import { TributaryError } from "@tributary/protocol";
import { checkDataset, MAX_CLASSES } from "../check-dataset.js";
import type { Dataset, Normalisation, Values } from "../dataset.js";
import { naturalIds } from "../natural-ids.js";
import { normalisationOf } from "../statistics.js";
import { type NpyArray, readNpy } from "./read-npy.js";

export interface NpyFiles {
  /** Name of the data set, by which jobs ask for it. */
  readonly name: string;
  /** File of the samples, [samples, …shape of one]: bytes are 8-bit values, all others become float32. */
  readonly samples: string;
  /** File of a whole number a sample, from 0: its class. */
  readonly labels: string;
  /** File of a whole number a sample: whose it is. */
  readonly ids?: string;
  /** Of one sample, where it is another than the file's: [1, 28, 28] for rows of 784. */
  readonly shape?: readonly number[];
  /** Names of the classes, by label. Default: none, and as many classes as the largest label asks for. */
  readonly classNames?: readonly string[];
  /** Default: the statistics of these samples. Sites that train together must give the same. */
  readonly normalisation?: Normalisation;
}

/**
 * Samples and labels out of `.npy` files, as `numpy.save` writes them.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file; `invalid_request` when they do not fit together
 */
export async function npyDataset(files: NpyFiles): Promise<Dataset> {
  const samples = await readNpy(files.samples);
  const [count = 0, ...rest] = samples.shape;
  if (samples.shape.length < 2 || count < 1)
    throw new TributaryError("file_invalid", `${files.samples} holds [${samples.shape}], not [samples, …]`);
  const labels = await wholeNumbers(files.labels, count, MAX_CLASSES);
  const ids = files.ids === undefined ? undefined : await wholeNumbers(files.ids, count, Number.MAX_SAFE_INTEGER);
  const values = valuesOf(samples.data, files.samples, rest);
  const shape = files.shape ?? rest;
  const set: Dataset = {
    name: files.name,
    count,
    shape,
    classes: files.classNames?.length ?? labels.reduce((most, label) => Math.max(most, label), 0) + 1,
    ...(files.classNames && { classNames: files.classNames }),
    values,
    labels: Int32Array.from(labels),
    normalisation: files.normalisation ?? normalisationOf({ values, shape }),
    ...(ids && { ids: naturalIds(ids.map(String)) }),
  };
  checkDataset(set);
  return set;
}

/** One whole number a sample, from 0 to below `limit`. */
async function wholeNumbers(path: string, count: number, limit: number): Promise<number[]> {
  const { shape, data } = await readNpy(path);
  if (shape.length !== 1 || shape[0] !== count)
    throw new TributaryError("file_invalid", `${path} holds [${shape}], not one number for each of ${count} samples`);
  const all: Iterable<number | bigint> = data;
  return Array.from(all, (number, place) => {
    const value = Number(number);
    if (Number.isInteger(value) && value >= 0 && value < limit) return value;
    throw new TributaryError(
      "file_invalid",
      `${path}: number ${place} is ${number}, not a whole one from 0 to ${limit - 1}`,
    );
  });
}

function valuesOf(data: NpyArray["data"], path: string, [first = 1, ...rest]: readonly number[]): Values {
  if (data instanceof Uint8Array) return data;
  const values = data instanceof Float32Array ? data : Float32Array.from(data, Number);
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return values;
  const size = rest.reduce((product, length) => product * length, first);
  const place = `value ${odd % size} of sample ${Math.floor(odd / size)}`;
  throw new TributaryError("file_invalid", `${path}: ${place} is ${data[odd]}, no number that float32 holds`);
}
