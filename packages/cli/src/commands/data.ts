import { datasetNames, type Manifest, type PartitionSpec, partitionDataset } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import { Command, Option } from "commander";
import { wholeNumber } from "../options.js";
import { count } from "../output/format.js";
import { printJson, printTable } from "../output/print.js";

interface Options {
  readonly dataset: string;
  readonly split: "train" | "test";
  readonly out: string;
  readonly seed: number;
  readonly names?: string;
  readonly iid?: number;
  readonly labelShards?: string;
  readonly labels?: string;
  readonly dirichlet?: string;
  readonly json?: boolean;
}

/** `tributary data …`: what has to do with data sets. */
export const data = (): Command => new Command("data").description("data sets and shards").addCommand(partition());

const partition = (): Command =>
  new Command("partition")
    .description("deal a data set out to workers: a folder with a manifest for each")
    .option("--dataset <name>", `data set: ${datasetNames.join(", ")}`, "mnist")
    .addOption(new Option("--split <name>", "its part").choices(["train", "test"]).default("train"))
    .option("--out <folder>", "where the shards go, a folder each", "shards")
    .option("--seed <n>", "what is random is drawn from it", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--names <list>", "names of the shards, comma-separated; default worker-0,worker-1,…")
    .option("--iid <workers>", "shuffled, equal parts", wholeNumber(1, 1_000_000))
    .option(
      "--label-shards <workers:pieces>",
      "sorted by label and cut; so many random pieces a worker (McMahan et al. 2017: 100:2)",
    )
    .option("--labels <lists>", "chosen labels a worker: 0-3,4-6,7-9, or 0+1+5,2-4")
    .option("--dirichlet <workers:alpha>", "classes split by proportions from Dir(alpha) (Hsu et al. 2019)")
    .option("--json", "print the manifests as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  tributary data partition --labels 0-3,4-6,7-9 --names alice,bob,charlie --out shards",
    )
    .action(run);

async function run(options: Options): Promise<void> {
  const { dataset, split, out, seed, json } = options;
  const names = options.names?.split(",").map((name) => name.trim());
  const manifests = await partitionDataset({
    dataset,
    split,
    spec: specFrom(options),
    seed,
    out,
    ...(names && { names }),
  });
  if (json) printJson(manifests);
  else printManifests(manifests, out);
}

function specFrom({ iid, labelShards, labels, dirichlet }: Options): PartitionSpec {
  const given = [iid, labelShards, labels, dirichlet].filter((value) => value !== undefined);
  if (given.length !== 1)
    throw new TributaryError("invalid_request", "one way to partition is wanted", {
      hint: "Give --iid, --label-shards, --labels or --dirichlet.",
    });
  if (iid !== undefined) return { kind: "iid", shards: iid };
  if (labelShards !== undefined) {
    const [shards, piecesEach] = pair(labelShards, "--label-shards 100:2");
    return { kind: "label-shards", shards, piecesEach };
  }
  if (dirichlet !== undefined) {
    const [shards, alpha] = pair(dirichlet, "--dirichlet 10:0.5");
    return { kind: "dirichlet", shards, alpha };
  }
  return { kind: "labels", labels: (labels ?? "").split(",").map(labelList) };
}

function pair(text: string, example: string): [number, number] {
  const [first, second, ...rest] = text.split(":").map(Number);
  if (first === undefined || second === undefined || rest.length > 0 || Number.isNaN(first + second))
    throw new TributaryError("invalid_request", `"${text.slice(0, 40)}" are no two numbers`, {
      hint: `For example ${example}.`,
    });
  return [first, second];
}

/** "0-3" or "0+1+5". */
function labelList(text: string): number[] {
  return text.split("+").flatMap((part) => {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim());
    if (match === null)
      throw new TributaryError("invalid_request", `"${part.slice(0, 40)}" is no label`, {
        hint: "For example --labels 0-3,4-6,7-9.",
      });
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
  });
}

function printManifests(manifests: readonly Manifest[], out: string): void {
  const labels = Math.max(...manifests.map(({ labelCounts }) => labelCounts.length));
  const head = ["shard", "samples", ...Array.from({ length: labels }, (_, label) => String(label)), "folder"];
  const rows = manifests.map(({ name, samples, labelCounts }) => [
    name,
    count(samples),
    ...labelCounts.map(String),
    `${out}/${name}`,
  ]);
  printTable(head, rows);
}
