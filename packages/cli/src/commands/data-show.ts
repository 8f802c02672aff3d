import { stat } from "node:fs/promises";
import { channelStatistics, type Dataset, datasetNames, labelCounts, openShard } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import { Argument, Command } from "commander";
import { offering } from "../completion/offered.js";
import { publicDataset, type SourceFlags, sourceFrom, withSource } from "../data/source.js";
import { count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";

type Options = SourceFlags & { readonly json?: boolean };

/** More channels are summed up in one line. */
const CHANNELS_IN_TABLE = 16;

/** `tributary data show`: what is in a data set or a shard. */
export const dataShow = (): Command =>
  withSource(
    new Command("show")
      .description("show what is in a data set or a shard: its shape, statistics and labels")
      .addArgument(
        offering(
          new Argument("[shard-or-name]", "a shard's folder, or a public data set; else what the options name"),
          datasetNames,
        ),
      ),
  )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tributary data show shards/alice\n  tributary data show mnist")
    .action(run);

async function run(what: string | undefined, options: Options): Promise<void> {
  const set = await open(what, options);
  const { mean, deviation } = channelStatistics(set);
  const counts = labelCounts(set);
  if (options.json) {
    const { name, origin, count: samples, shape, classes, classNames, normalisation } = set;
    const values = set.values instanceof Uint8Array ? "uint8" : "float32";
    const ids = set.ids?.names.length;
    printJson({
      ...{ name, ...(origin && { origin }), samples, shape, values, classes, ...(classNames && { classNames }) },
      ...{ ...(ids !== undefined && { ids }), mean, deviation, normalisation, labelCounts: counts },
    });
    return;
  }
  printFacts(set);
  printChannels(mean, deviation);
  printTable(
    ["label", "class", "samples"],
    counts.map((samples, label) => [String(label), set.classNames?.[label] ?? "", count(samples)]),
  );
}

async function open(what: string | undefined, options: Options): Promise<Dataset> {
  if (what === undefined) return (await sourceFrom(options)).set;
  const given = [options.dataset, options.csv, options.npy, options.images];
  if (given.some((value) => value !== undefined))
    throw new TributaryError("invalid_request", "several data sets are named", { hint: "Name one at a time." });
  const isFolder = await stat(what).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? openShard(what) : publicDataset(what, options);
}

function printFacts(set: Dataset): void {
  const values = set.values instanceof Uint8Array ? "8-bit" : "float32";
  print(`${set.name}: ${count(set.count)} samples of [${set.shape.join(", ")}], ${values}, ${set.classes} classes`);
  if (set.origin !== undefined) print(set.origin);
  if (set.ids !== undefined) print(`${count(set.ids.names.length)} natural ids`);
}

function printChannels(mean: readonly number[], deviation: readonly number[]): void {
  if (mean.length <= CHANNELS_IN_TABLE) {
    const rows = mean.map((value, channel) => [String(channel), figure(value), figure(deviation[channel])]);
    printTable(["channel", "mean", "deviation"], rows);
    return;
  }
  const range = (values: readonly number[]) => {
    const sorted = [...values].sort((a, b) => a - b);
    return `${figure(sorted[0])} to ${figure(sorted.at(-1))}`;
  };
  print(`${count(mean.length)} channels: means ${range(mean)}, deviations ${range(deviation)}`);
}

const figure = (value: number | undefined): string => (value ?? 0).toPrecision(4);
