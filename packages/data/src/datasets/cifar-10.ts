import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { unpackBatches } from "../cifar/archive.js";
import { joinRecords, parseRecords, RECORD_BYTES } from "../cifar/records.js";
import type { ImageSet } from "../dataset.js";
import type { OfficialFile } from "../download/download-file.js";
import { pathWithin } from "../files/path-within.js";
import { readBounded, readVerified } from "../files/verified-file.js";
import type { Split } from "./datasets.js";
import { type DatasetOptions, exists, folderOf, missing, readOfficial } from "./official-files.js";

/** Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"; the "binary version". */
export const cifar10Archive: OfficialFile = {
  name: "cifar-10-binary.tar.gz",
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  bytes: 170_052_171,
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
};

/** What the archive holds, with the SHA-1 of each as Apache MXNet publishes them. */
const batches = {
  train: {
    "data_batch_1.bin": "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
    "data_batch_2.bin": "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
    "data_batch_3.bin": "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
    "data_batch_4.bin": "aab85764eb3584312d3c7f65fd2fd016e36a258e",
    "data_batch_5.bin": "26e2849e66a845b7f1e4614ae70f4889ae604628",
  },
  test: { "test_batch.bin": "67eb016db431130d61cd03c7ad570b013799c88c" },
} as const satisfies Record<Split, Record<string, string>>;

const BATCH_BYTES = 10_000 * RECORD_BYTES;
/** No file of records of one's own may be larger: 1 GiB. */
const MAX_BYTES = 2 ** 30;

const facts = {
  name: "cifar-10",
  classes: 10,
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  normalisation: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
};

/**
 * CIFAR-10: 50,000 images to train with, 10,000 to test with, [3, 32, 32], ten classes. Normalised by the means and deviations of its
 * training images.
 *
 * A folder that is given may hold the archive, its unpacked files (also in `cifar-10-batches-bin`), or a selection of records in files
 * `train*.bin` and `test*.bin`, of which no checksum is known; `origin` of the result tells of those.
 *
 * @throws TributaryError `download_failed`, `digest_mismatch`, `file_unreadable`, `file_invalid`
 */
export async function cifar10(split: Split, options: DatasetOptions = {}): Promise<ImageSet> {
  const names = Object.keys(batches[split]);
  if (options.dataDir !== undefined) {
    const folder = await folderOf(facts.name, options);
    for (const place of [folder, join(folder, "cifar-10-batches-bin")])
      if (await exists(join(place, names[0] ?? ""))) return unpacked(place, split);
    if (!(await exists(join(folder, cifar10Archive.name)))) return selection(folder, split);
  }
  const { path, bytes } = await readOfficial(facts.name, cifar10Archive, options);
  const files = await unpackBatches(bytes, path, names, BATCH_BYTES);
  return imagesOf(files.map(({ name, content }) => parseRecords(content, `${path}: ${name}`)));
}

const imagesOf = (parts: readonly ReturnType<typeof parseRecords>[]): ImageSet => ({
  ...facts,
  ...joinRecords(parts),
  shape: [3, 32, 32],
});

async function unpacked(folder: string, split: Split): Promise<ImageSet> {
  const parts = [];
  for (const [name, sha1] of Object.entries(batches[split])) {
    const path = join(folder, name);
    parts.push(parseRecords(await readVerified(path, { bytes: BATCH_BYTES, sha1 }), path));
  }
  return imagesOf(parts);
}

async function selection(folder: string, split: Split): Promise<ImageSet> {
  const held = await readdir(folder).catch((cause) => {
    throw new TributaryError("file_unreadable", `${folder} cannot be read`, { cause });
  });
  const names = held.filter((name) => name.startsWith(split) && name.endsWith(".bin")).sort();
  if (names.length === 0) throw missing(join(folder, cifar10Archive.name), cifar10Archive);
  const parts = [];
  for (const name of names) {
    const path = await pathWithin(folder, name);
    parts.push(parseRecords(await readBounded(path, MAX_BYTES), join(folder, name)));
  }
  return { ...imagesOf(parts), origin: `${names.join(", ")}: records of no known checksum, not the whole of CIFAR-10` };
}
