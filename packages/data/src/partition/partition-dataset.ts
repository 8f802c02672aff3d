import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { type Dataset, subset } from "../dataset.js";
import { openDataset, type Split } from "../datasets/datasets.js";
import { sha256 } from "../files/verified-file.js";
import type { Manifest } from "../shard/manifest.js";
import { refuseForeignFolder } from "../shard/shard-folder.js";
import { writeShard } from "../shard/write-shard.js";
import type { Transform } from "../transforms/transform.js";
import { type PartitionSpec, partition, shardCount } from "./partition.js";

export interface PartitionRequest {
  /** A data set, or the name of one that `openDataset` knows. */
  readonly dataset: Dataset | string;
  /** Which part of it that is, for the manifests; default "train" where the data set is given by its name. */
  readonly split?: Split;
  readonly spec: PartitionSpec;
  readonly seed: number;
  /** Folder that gets one folder a shard. */
  readonly out: string;
  /**
   * Names of the shards and their folders. Default worker-0, worker-1, …; or the ids, where each has a shard and all of them can
   * be names.
   */
  readonly names?: readonly string[];
  /** What workers do to the samples that they train on. Default: nothing but normalising. */
  readonly transforms?: readonly Transform[];
}

/**
 * Deals a data set out and writes each shard as a folder of its own: what `tributary data partition` does.
 * @throws TributaryError `invalid_request`, what `openDataset` throws; `file_unreadable` before anything is written when a folder
 *   holds something else
 */
export async function partitionDataset(request: PartitionRequest): Promise<Manifest[]> {
  const { dataset, spec, seed, out, transforms } = request;
  const named = typeof dataset === "string";
  const split = request.split ?? (named ? "train" : undefined);
  const set = named ? await openDataset(dataset, split ?? "train") : dataset;
  const shards = request.names ?? defaultNames(set, spec);
  checkNames(shards, shardCount(set, spec));
  for (const name of shards) await refuseForeignFolder(join(out, name));
  const parts = partition(set, spec, seed);
  const manifests: Manifest[] = [];
  for (const [shard, name] of shards.entries()) {
    const part = parts[shard] ?? new Int32Array();
    const source = { ...(split && { split }), partition: spec, seed, shard, indices: digestOfIndices(part) };
    manifests.push(
      await writeShard(join(out, name), name, subset(set, part), { source, ...(transforms && { transforms }) }),
    );
  }
  return manifests;
}

/** Of the indices as 32-bit integers, little-endian: the same on every machine. */
function digestOfIndices(indices: Int32Array): string {
  const bytes = new DataView(new ArrayBuffer(indices.length * 4));
  for (const [place, index] of indices.entries()) bytes.setInt32(place * 4, index, true);
  return sha256(new Uint8Array(bytes.buffer));
}

function defaultNames(set: Dataset, spec: PartitionSpec): string[] {
  const ids = set.ids?.names ?? [];
  const oneEach = spec.kind === "natural-id" && spec.shards === undefined;
  if (oneEach && ids.every(isName) && areUnlike(ids)) return [...ids];
  return Array.from({ length: shardCount(set, spec) }, (_, index) => `worker-${index}`);
}

const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);

/** Alice and alice are one folder on some machines. */
const areUnlike = (names: readonly string[]): boolean =>
  new Set(names.map((name) => name.toLowerCase())).size === names.length;

function checkNames(names: readonly string[], count: number): void {
  const refuse = (message: string) =>
    new TributaryError("invalid_request", message, {
      hint: "Give each shard a name of its own: letters, digits, dots, dashes.",
    });
  if (names.length !== count) throw refuse(`${names.length} names for ${count} shards`);
  if (!areUnlike(names)) throw refuse("a name is given twice");
  const odd = names.find((name) => !isName(name));
  if (odd !== undefined) throw refuse(`"${odd.slice(0, 64)}" can't be the name of a shard`);
}
