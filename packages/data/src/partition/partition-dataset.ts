import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { openDataset, type Split } from "../datasets/datasets.js";
import { sha256 } from "../files/verified-file.js";
import { subset } from "../image-set.js";
import type { Manifest } from "../shard/manifest.js";
import { refuseForeignFolder } from "../shard/shard-folder.js";
import { writeShard } from "../shard/write-shard.js";
import { type PartitionSpec, partition, shardCount } from "./partition.js";

export interface PartitionRequest {
  /** Name of a data set that comes with Tributary. */
  readonly dataset: string;
  readonly split: Split;
  readonly spec: PartitionSpec;
  readonly seed: number;
  /** Folder that gets one folder a shard. */
  readonly out: string;
  /** Names of the shards and their folders. Default worker-0, worker-1, … */
  readonly names?: readonly string[];
}

/**
 * Deals a data set out and writes each shard as a folder of its own: what `tributary data partition` does.
 * @throws TributaryError `unknown_dataset`, `invalid_request`; `file_unreadable` before anything is written when a folder
 *   holds something else
 */
export async function partitionDataset({
  dataset,
  split,
  spec,
  seed,
  out,
  names,
}: PartitionRequest): Promise<Manifest[]> {
  const count = shardCount(spec);
  const shards = names ?? Array.from({ length: count }, (_, index) => `worker-${index}`);
  checkNames(shards, count);
  for (const name of shards) await refuseForeignFolder(join(out, name));
  const set = await openDataset(dataset, split);
  const parts = partition(set, spec, seed);
  const manifests: Manifest[] = [];
  for (const [shard, name] of shards.entries()) {
    const part = parts[shard] ?? new Int32Array();
    const source = { split, partition: spec, seed, shard, indices: digestOfIndices(part) };
    manifests.push(await writeShard(join(out, name), name, subset(set, part), source));
  }
  return manifests;
}

/** Of the indices as 32-bit integers, little-endian: the same on every machine. */
function digestOfIndices(indices: Int32Array): string {
  const bytes = new DataView(new ArrayBuffer(indices.length * 4));
  for (const [place, index] of indices.entries()) bytes.setInt32(place * 4, index, true);
  return sha256(new Uint8Array(bytes.buffer));
}

function checkNames(names: readonly string[], count: number): void {
  const refuse = (message: string) =>
    new TributaryError("invalid_request", message, {
      hint: "Give each shard a name of its own: letters, digits, dots, dashes.",
    });
  if (names.length !== count) throw refuse(`${names.length} names for ${count} shards`);
  // Alice and alice are one folder on some machines.
  if (new Set(names.map((name) => name.toLowerCase())).size !== names.length) throw refuse("a name is given twice");
  const odd = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (odd !== undefined) throw refuse(`"${odd.slice(0, 64)}" can't be the name of a shard`);
}
