import { resolve } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { checkImageSet } from "../check-image-set.js";
import { sha256 } from "../files/verified-file.js";
import { encodeIdx } from "../idx/idx.js";
import { type ImageSet, labelCounts } from "../image-set.js";
import { MANIFEST_FILE, MAX_MANIFEST_BYTES, type Manifest, manifestSchema, type ShardSource } from "./manifest.js";
import { refuseForeignFolder, replaceFolder } from "./shard-folder.js";

/**
 * Writes labelled images as a shard: a folder with IDX files and a manifest, which a worker is pointed at. The folder appears
 * whole; a shard that is there is replaced, any other folder with content is left alone.
 *
 * @example
 * ```ts
 * // A site's own images: values 0 to 255, [count, channels, height, width].
 * const scans: ImageSet = {
 *   name: "scans", count, shape: [1, 64, 64], classes: 2, images, labels,
 *   normalisation: statistics({ images, count, shape: [1, 64, 64] }),
 * };
 * await writeShard("shards/north-hospital", "north-hospital", scans);
 * ```
 * @param name of the shard, 1 to 100 characters
 * @param source how the samples were chosen out of a data set that others can read, too; left out for data of one's own
 * @throws TributaryError `invalid_request` when the images, labels and counts do not fit together; `file_unreadable` when the
 *   folder can't be written or holds something else
 */
export async function writeShard(folder: string, name: string, set: ImageSet, source?: ShardSource): Promise<Manifest> {
  checkImageSet(set);
  const target = resolve(folder);
  await refuseForeignFolder(target);
  const [images, labels] = await Promise.all([
    encodeIdx({ shape: [set.count, ...set.shape], data: set.images }),
    encodeIdx({ shape: [set.count], data: set.labels }),
  ]);
  const describe = (file: string, bytes: Uint8Array) => ({
    name: file,
    bytes: bytes.byteLength,
    sha256: sha256(bytes),
  });
  const manifest = checkManifest({
    format: "tributary-shard/1",
    name,
    dataset: set.name,
    samples: set.count,
    classes: set.classes,
    sampleShape: [...set.shape],
    labelCounts: labelCounts(set),
    normalisation: { mean: [...set.normalisation.mean], deviation: [...set.normalisation.deviation] },
    files: { images: describe("images-idx4-ubyte.gz", images), labels: describe("labels-idx1-ubyte.gz", labels) },
    ...(source && { source }),
  });
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  if (Buffer.byteLength(text) > MAX_MANIFEST_BYTES)
    throw new TributaryError("invalid_request", `the manifest of ${name} is larger than ${MAX_MANIFEST_BYTES} bytes`, {
      hint: "Partition in another way: this one takes too many words.",
    });
  const files = new Map<string, Uint8Array | string>([
    [manifest.files.images.name, images],
    [manifest.files.labels.name, labels],
    [MANIFEST_FILE, text],
  ]);
  try {
    await replaceFolder(target, files);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `the shard ${target} cannot be written`, { cause });
  }
  return manifest;
}

/** What can't be read again must not be written. */
function checkManifest(manifest: Manifest): Manifest {
  const parsed = manifestSchema.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_request", `no shard can be made: ${issue?.path.join(".")}: ${issue?.message}`);
}
