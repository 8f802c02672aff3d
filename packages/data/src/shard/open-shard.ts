import { TributaryError } from "@tributary/protocol";
import { checkDataset } from "../check-dataset.js";
import type { Dataset } from "../dataset.js";
import { pathWithin } from "../files/path-within.js";
import { readVerified } from "../files/verified-file.js";
import { parseIdx } from "../idx/idx.js";
import { labelCounts } from "../statistics.js";
import { checkTransforms } from "./check-transforms.js";
import type { Manifest } from "./manifest.js";
import { readManifest } from "./read-manifest.js";

/** A shard in memory. */
export interface Shard extends Dataset {
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
  const read = async ({ name, ...expected }: Manifest["files"]["samples"]) => {
    try {
      return await parseIdx(await readVerified(await pathWithin(folder, name), expected), name);
    } catch (cause) {
      throw invalid(cause instanceof TributaryError ? cause.message : "it cannot be read", cause);
    }
  };
  const [values, labels] = await Promise.all([read(manifest.files.samples), read(manifest.files.labels)]);
  const { samples, sampleShape, classes, classNames, normalisation } = manifest;
  if (values.shape.join() !== [samples, ...sampleShape].join()) throw invalid(`its samples are [${values.shape}]`);
  if (labels.shape.join() !== String(samples)) throw invalid(`its labels are [${labels.shape}]`);
  if (values.data instanceof Int32Array || values.data instanceof Float32Array !== (manifest.values === "float32"))
    throw invalid(`its samples are not ${manifest.values}`);
  if (labels.data instanceof Float32Array) throw invalid("its labels are no whole numbers");
  const set: Dataset = {
    name: manifest.dataset,
    count: samples,
    shape: sampleShape,
    classes,
    ...(classNames && { classNames }),
    values: values.data,
    labels: labels.data,
    normalisation,
  };
  try {
    checkDataset(set);
    checkTransforms(set, manifest.transforms);
  } catch (cause) {
    throw invalid(cause instanceof TributaryError ? cause.message : "it does not fit together", cause);
  }
  if (labelCounts(set).join() !== manifest.labelCounts.join())
    throw invalid("its label counts are not those of its labels");
  return { ...set, manifest };
}
