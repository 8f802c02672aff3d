import { didYouMean, TributaryError } from "@tributary/protocol";
import type { ImageSet } from "../dataset.js";
import type { OfficialFile } from "../download/download-file.js";
import { cifar10, cifar10Archive } from "./cifar-10.js";
import { fashionMnist, fashionMnistFiles } from "./fashion-mnist.js";
import { mnist } from "./mnist.js";
import { type DatasetOptions, downloadOfficial } from "./official-files.js";

export type Split = "train" | "test";

/** What is known of a data set before it is opened. */
export interface DatasetFacts {
  /** Sizes of one sample, `[channels, height, width]`. */
  readonly sampleShape: readonly number[];
  readonly classes: number;
}

interface Entry extends DatasetFacts {
  open(split: Split, options: DatasetOptions): Promise<ImageSet>;
  /** None where it comes with Tributary. */
  readonly files: readonly OfficialFile[];
}

const datasets: Readonly<Record<string, Entry>> = {
  mnist: { open: mnist, files: [], sampleShape: [1, 28, 28], classes: 10 },
  "fashion-mnist": { open: fashionMnist, files: fashionMnistFiles, sampleShape: [1, 28, 28], classes: 10 },
  "cifar-10": { open: cifar10, files: [cifar10Archive], sampleShape: [3, 32, 32], classes: 10 },
};

/** Names that `openDataset` takes. */
export const datasetNames: readonly string[] = Object.keys(datasets);

/** @throws TributaryError `unknown_dataset` naming those there are */
export function datasetFacts(name: string): DatasetFacts {
  const { sampleShape, classes } = entryOf(name);
  return { sampleShape, classes };
}

/**
 * A public data set. What does not come with Tributary is downloaded, unless it was before, or `dataDir` says where it lies.
 * @throws TributaryError `unknown_dataset` naming those there are; `download_failed`, `digest_mismatch`, `file_unreadable`,
 *   `file_invalid`
 */
export const openDataset = async (name: string, split: Split, options: DatasetOptions = {}): Promise<ImageSet> =>
  entryOf(name).open(split, options);

/**
 * Downloads a data set's files into a folder of its name in `dataDir`, or in the cache. Those that are there and right are left alone.
 * @returns the files; none for a data set that comes with Tributary
 * @throws TributaryError `unknown_dataset`, `download_failed`, `digest_mismatch`, `file_unreadable`
 */
export const downloadDataset = async (
  name: string,
  options: DatasetOptions = {},
): Promise<{ readonly path: string; readonly downloaded: boolean }[]> =>
  downloadOfficial(name, entryOf(name).files, options);

function entryOf(name: string): Entry {
  const entry = Object.hasOwn(datasets, name) ? datasets[name] : undefined;
  if (entry !== undefined) return entry;
  throw new TributaryError(
    "unknown_dataset",
    `there is no data set "${name.slice(0, 60)}"; ${didYouMean(name, datasetNames)}`,
    { hint: `There are ${datasetNames.join(", ")}.` },
  );
}
