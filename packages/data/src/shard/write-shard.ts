import { resolve } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { checkDataset } from "../check-dataset.js";
import type { Dataset } from "../dataset.js";
import { sha256 } from "../files/verified-file.js";
import { elementKindOf } from "../idx/elements.js";
import { encodeIdx, type IdxArray } from "../idx/idx.js";
import { labelCounts } from "../statistics.js";
import { type Transform, transformSchema } from "../transforms/transform.js";
import { checkTransforms } from "./check-transforms.js";
import { MANIFEST_FILE, MAX_MANIFEST_BYTES, type Manifest, manifestSchema, type ShardSource } from "./manifest.js";
import { refuseForeignFolder, replaceFolder } from "./shard-folder.js";

export interface ShardOptions {
  /** How the samples were chosen out of a data set; left out for data that was not dealt out. */
  readonly source?: ShardSource;
  /**
   * What a worker does to the samples that it trains on, first to last: crops and flips, for example. They must leave the samples'
   * shape as it is. Default: it normalises them.
   */
  readonly transforms?: readonly Transform[];
}

/**
 * Writes labelled samples as a shard: a folder with IDX files and a manifest, which a worker is pointed at. The folder appears
 * whole; a shard that is there is replaced, any other folder with content is left alone. Natural ids are not written.
 *
 * @example
 * ```ts
 * // A site's own images: values 0 to 255, [count, channels, height, width].
 * const scans: Dataset = {
 *   name: "scans", count, shape: [1, 64, 64], classes: 2, values, labels,
 *   normalisation: channelStatistics({ values, shape: [1, 64, 64] }),
 * };
 * await writeShard("shards/north-hospital", "north-hospital", scans);
 * ```
 * @param name of the shard, 1 to 100 characters
 * @throws TributaryError `invalid_request` when the samples, labels and counts do not fit together; `file_unreadable` when the
 *   folder can't be written or holds something else
 */
export async function writeShard(
  folder: string,
  name: string,
  set: Dataset,
  { source, transforms }: ShardOptions = {},
): Promise<Manifest> {
  checkDataset(set);
  checkTransforms(set, transforms);
  const target = resolve(folder);
  await refuseForeignFolder(target);
  const [samples, labels] = await Promise.all([
    encode("samples", { shape: [set.count, ...set.shape], data: set.values }),
    encode("labels", { shape: [set.count], data: set.labels }),
  ]);
  const manifest = checkManifest({
    format: "tributary-shard/2",
    name,
    dataset: set.name,
    samples: set.count,
    classes: set.classes,
    ...(set.classNames && { classNames: [...set.classNames] }),
    values: set.values instanceof Uint8Array ? "uint8" : "float32",
    sampleShape: [...set.shape],
    labelCounts: labelCounts(set),
    normalisation: { mean: [...set.normalisation.mean], deviation: [...set.normalisation.deviation] },
    ...(transforms && { transforms: transforms.map((transform) => transformSchema.parse(transform)) }),
    files: { samples: samples.facts, labels: labels.facts },
    ...(source && { source }),
  });
  const files = new Map<string, Uint8Array | string>([
    [samples.facts.name, samples.bytes],
    [labels.facts.name, labels.bytes],
    [MANIFEST_FILE, manifestText(manifest)],
  ]);
  try {
    await replaceFolder(target, files);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `the shard ${target} cannot be written`, { cause });
  }
  return manifest;
}

/** An array as a file, named as MNIST's are: "samples-idx4-ubyte.gz". */
async function encode(what: string, array: IdxArray) {
  const bytes = await encodeIdx(array);
  const name = `${what}-idx${array.shape.length}-${elementKindOf(array.data).word}.gz`;
  return { bytes, facts: { name, bytes: bytes.byteLength, sha256: sha256(bytes) } };
}

function manifestText(manifest: Manifest): string {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if (Buffer.byteLength(text) <= MAX_MANIFEST_BYTES) return text;
  throw new TributaryError(
    "invalid_request",
    `the manifest of ${manifest.name} is larger than ${MAX_MANIFEST_BYTES} bytes`,
    { hint: "Partition in another way: this one takes too many words." },
  );
}

/** What can't be read again must not be written. */
function checkManifest(manifest: Manifest): Manifest {
  const parsed = manifestSchema.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_request", `no shard can be made: ${issue?.path.join(".")}: ${issue?.message}`);
}
