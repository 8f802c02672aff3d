import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { sha256 } from "../files/verified-file.js";
import { encodeIdx } from "../idx/idx.js";
import { type ImageSet, labelCounts } from "../image-set.js";
import { MANIFEST_FILE, type Manifest } from "./manifest.js";

/**
 * Writes labelled images as a shard: a folder with IDX files and a manifest, which a worker is pointed at. The folder appears
 * whole; a shard that is there is replaced, any other folder with content is left alone.
 *
 * @throws TributaryError `file_unreadable` when the folder can't be written or holds something else
 */
export async function writeShard(folder: string, name: string, set: ImageSet): Promise<Manifest> {
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
  const manifest: Manifest = {
    format: "tributary-shard/1",
    name,
    dataset: set.name,
    samples: set.count,
    classes: set.classes,
    sampleShape: [...set.shape],
    labelCounts: labelCounts(set),
    normalisation: { mean: [...set.normalisation.mean], deviation: [...set.normalisation.deviation] },
    files: { images: describe("images-idx4-ubyte.gz", images), labels: describe("labels-idx1-ubyte.gz", labels) },
  };
  try {
    await mkdir(dirname(target), { recursive: true });
    const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    await writeFile(join(temporary, manifest.files.images.name), images);
    await writeFile(join(temporary, manifest.files.labels.name), labels);
    await writeFile(join(temporary, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(temporary, target);
  } catch (cause) {
    throw new TributaryError("file_unreadable", `the shard ${target} cannot be written`, { cause });
  }
  return manifest;
}

async function refuseForeignFolder(target: string): Promise<void> {
  const held: string[] = await readdir(target).catch(() => []);
  if (held.length > 0 && !held.includes(MANIFEST_FILE))
    throw new TributaryError("file_unreadable", `${target} holds something that is no shard`, {
      hint: "Choose another folder, or empty it.",
    });
}
