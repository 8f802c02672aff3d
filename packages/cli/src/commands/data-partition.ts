import { type Manifest, partitionDataset, type Transform } from "@tributary/data";
import { Command } from "commander";
import { type PartitionFlags, specFrom, withPartition } from "../data/partition-flags.js";
import { printPicture, writePicture } from "../data/picture.js";
import { type SourceFlags, sourceFrom, withSource } from "../data/source.js";
import { transformList } from "../data/transforms.js";
import { wholeNumber } from "../options.js";
import { count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";

interface Options extends SourceFlags, PartitionFlags {
  readonly out: string;
  readonly seed: number;
  readonly names?: string;
  readonly augment?: readonly Transform[];
  readonly svg?: string;
  readonly json?: boolean;
}

/** More labels are no table that anybody could read. */
const LABELS_IN_TABLE = 12;

/** `tributary data partition`: a data set becomes shards. */
export const dataPartition = (): Command =>
  withPartition(
    withSource(
      new Command("partition").description("deal a data set out to workers: a folder with a manifest for each"),
    ),
  )
    .option("--out <folder>", "where the shards go, a folder each", "shards")
    .option("--seed <n>", "what is random is drawn from it", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--names <list>", "names of the shards, comma-separated; default worker-0,worker-1,…")
    .option("--augment <list>", "what workers do to images that they train on: pad:4,crop:32x32,flip", transformList)
    .option("--svg <file>", "also write a picture of the labels in each shard")
    .option("--json", "print the manifests as JSON")
    .addHelpText(
      "after",
      `
Examples:
  tributary data partition --labels 0-3,4-6,7-9 --names alice,bob,charlie --out shards
  tributary data partition --dataset cifar-10 --dirichlet 10:0.5 --augment pad:4,crop:32x32,flip --svg labels.svg
  tributary data partition --csv flowers.csv --label species --iid 2`,
    )
    .action(run);

async function run(options: Options): Promise<void> {
  const { out, seed, json, svg, augment } = options;
  const spec = specFrom(options);
  const { set, split } = await sourceFrom(options);
  const names = options.names?.split(",").map((name) => name.trim());
  const manifests = await partitionDataset({
    dataset: set,
    ...(split && { split }),
    spec,
    seed,
    out,
    ...(names && { names }),
    ...(augment && { transforms: augment }),
  });
  if (svg !== undefined) await writePicture(svg, manifests);
  if (json) {
    printJson(manifests);
    return;
  }
  if (set.origin !== undefined) print(`${set.name}: ${set.origin}`);
  if (set.classes <= LABELS_IN_TABLE) printManifests(manifests, out);
  else printPicture(manifests);
}

function printManifests(manifests: readonly Manifest[], out: string): void {
  const labels = manifests.reduce((most, { labelCounts }) => Math.max(most, labelCounts.length), 0);
  const head = ["shard", "samples", ...Array.from({ length: labels }, (_, label) => String(label)), "folder"];
  const rows = manifests.map(({ name, samples, labelCounts }) => [
    name,
    count(samples),
    ...labelCounts.map(String),
    `${out}/${name}`,
  ]);
  printTable(head, rows);
}
