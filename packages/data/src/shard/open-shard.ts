import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { pathWithin } from "../files/path-within.js";
import { readBounded, readVerified } from "../files/verified-file.js";
import { parseIdx } from "../idx/idx.js";
import { type ImageSet, labelCounts } from "../image-set.js";
import { MANIFEST_FILE, MAX_MANIFEST_BYTES, type Manifest, manifestSchema } from "./manifest.js";

/** A shard in memory. */
export interface Shard extends ImageSet {
  readonly manifest: Manifest;
}

/**
 * Reads the shard in one folder, and nothing outside of it, not through links either; checksums, counts and labels are verified.
 * @throws TributaryError `shard_missing`, `shard_invalid` saying what is wrong
 */
export async function openShard(folder: string): Promise<Shard> {
  const manifest = await readManifest(folder);
  const invalid = (what: string, cause?: unknown) =>
    new TributaryError("shard_invalid", `the shard ${folder}: ${what}`, { cause });
  const read = async ({ name, ...expected }: Manifest["files"]["images"]) => {
    try {
      return await parseIdx(await readVerified(await pathWithin(folder, name), expected), name);
    } catch (cause) {
      throw invalid(cause instanceof TributaryError ? cause.message : "it cannot be read", cause);
    }
  };
  const [images, labels] = await Promise.all([read(manifest.files.images), read(manifest.files.labels)]);
  const { samples, sampleShape, classes } = manifest;
  if (images.shape.join() !== [samples, ...sampleShape].join()) throw invalid(`its images are [${images.shape}]`);
  if (labels.shape.join() !== String(samples)) throw invalid(`its labels are [${labels.shape}]`);
  const odd = labels.data.find((label) => label >= classes);
  if (odd !== undefined) throw invalid(`it has the label ${odd}, but only ${classes} classes`);
  const set: ImageSet = {
    name: manifest.dataset,
    count: samples,
    shape: sampleShape,
    classes,
    images: images.data,
    labels: labels.data,
    normalisation: manifest.normalisation,
  };
  if (labelCounts(set).join() !== manifest.labelCounts.join())
    throw invalid("its label counts are not those of its labels");
  return { ...set, manifest };
}

/** What a shard's manifest says, without reading its samples. @throws TributaryError `shard_missing`, `shard_invalid` */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = new TextDecoder().decode(await readBounded(await pathWithin(folder, MANIFEST_FILE), MAX_MANIFEST_BYTES));
  } catch (cause) {
    if (cause instanceof TributaryError && cause.code === "file_invalid")
      throw new TributaryError("shard_invalid", cause.message);
    throw new TributaryError("shard_missing", `${folder} holds no shard`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TributaryError("shard_invalid", `${path} is no JSON`, { cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("shard_invalid", `${path}: ${issue?.path.join(".") || "the manifest"}: ${issue?.message}`);
}
