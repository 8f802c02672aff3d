import { basename, extname } from "node:path";
import { csvDataset, type Dataset, datasetNames, imageFolder, npyDataset, openDataset } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import { type Command, InvalidArgumentError, Option } from "commander";
import { offering } from "../completion/offered.js";
import { numbers } from "../options.js";
import { stopSignal } from "../signals.js";
import { type DownloadFlags, downloadOptions, withDownload } from "./download-flags.js";

/** Options that say which data set is meant: a public one by name, or one's own out of files. */
export interface SourceFlags extends DownloadFlags {
  readonly dataset?: string;
  readonly split: "train" | "test";
  readonly csv?: string;
  readonly label?: string;
  readonly id?: string;
  readonly ignore?: readonly string[];
  readonly delimiter?: string;
  readonly npy?: string;
  readonly npyLabels?: string;
  readonly npyIds?: string;
  readonly images?: string;
  readonly size?: readonly number[];
  readonly grey?: boolean;
  readonly idFolders?: boolean;
  readonly as?: string;
  readonly shape?: readonly number[];
  readonly classes?: readonly string[];
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

/** A data set, and which part of a public one it is. */
interface Source {
  readonly set: Dataset;
  readonly split?: "train" | "test";
}

export const withSource = (command: Command): Command =>
  withDownload(
    command
      .addOption(
        offering(
          new Option("--dataset <name>", `a public data set: ${datasetNames.join(", ")}; default mnist`),
          datasetNames,
        ),
      )
      .addOption(new Option("--split <name>", "its part").choices(["train", "test"]).default("train")),
  )
    .option("--csv <file>", "your own table, with a header; features are numbers")
    .option("--label <column>", "column of the class")
    .option("--id <column>", "column of whose a row is")
    .option("--ignore <columns>", "columns to leave out, comma-separated", list)
    .option("--delimiter <character>", "between fields; default a comma")
    .option("--npy <file>", "your own array, [samples, …]")
    .option("--npy-labels <file>", "array of a class a sample")
    .option("--npy-ids <file>", "array of whose each sample is, as numbers")
    .option("--images <folder>", "your own images, in folders named after their classes")
    .option("--size <h>x<w>", "what all of them become", sizes)
    .option("--grey", "one channel instead of three")
    .option("--id-folders", "the folders of classes lie in folders of whose the images are")
    .option("--as <name>", "name of your own data set, by which jobs ask for it; default that of the file")
    .option("--shape <lengths>", "of one sample of your table or array: 1x28x28", sizes)
    .option("--classes <names>", "of your own data set, in the order of labels, comma-separated", list)
    .option("--mean <numbers>", "for each channel of your own data set; default: of these samples", numbers)
    .option("--deviation <numbers>", "for each channel of your own data set; default: of these samples", numbers);

/** @throws TributaryError `invalid_request` when the options name no data set, or several; what reading it throws */
export async function sourceFrom(flags: SourceFlags): Promise<Source> {
  const given = [flags.dataset, flags.csv, flags.npy, flags.images].filter((value) => value !== undefined);
  if (given.length > 1)
    throw new TributaryError("invalid_request", "several data sets are named", {
      hint: "Give one of --dataset, --csv, --npy and --images.",
    });
  if (flags.csv !== undefined) return { set: await csv(flags.csv, flags) };
  if (flags.npy !== undefined) return { set: await npy(flags.npy, flags) };
  if (flags.images !== undefined) return { set: await images(flags.images, flags) };
  return { set: await publicDataset(flags.dataset ?? "mnist", flags), split: flags.split };
}

export async function publicDataset(name: string, flags: DownloadFlags & Pick<SourceFlags, "split">): Promise<Dataset> {
  using download = downloadOptions(flags);
  return await openDataset(name, flags.split, download.options);
}

function csv(path: string, flags: SourceFlags): Promise<Dataset> {
  const { id, ignore, delimiter, shape, classes } = flags;
  return csvDataset({
    ...common(path, flags),
    path,
    label: wanted(flags.label, "--label, the column of the class"),
    ...(id !== undefined && { id }),
    ...(ignore && { ignore }),
    ...(delimiter !== undefined && { delimiter: delimiter === "\\t" ? "\t" : delimiter }),
    ...(shape && { shape }),
    ...(classes && { classNames: classes }),
  });
}

function npy(samples: string, flags: SourceFlags): Promise<Dataset> {
  const { npyIds, shape, classes } = flags;
  return npyDataset({
    ...common(samples, flags),
    samples,
    labels: wanted(flags.npyLabels, "--npy-labels, the array of the classes"),
    ...(npyIds !== undefined && { ids: npyIds }),
    ...(shape && { shape }),
    ...(classes && { classNames: classes }),
  });
}

function images(folder: string, flags: SourceFlags): Promise<Dataset> {
  const { grey, idFolders, classes } = flags;
  const [height = 0, width = 0, ...more] = wanted(flags.size, "--size, what the images become: 32x32");
  if (more.length > 0)
    throw new TributaryError("invalid_request", "--size has more than height and width", {
      hint: "For example 32x32.",
    });
  return imageFolder({
    ...common(folder, flags),
    folder,
    size: { channels: grey ? 1 : 3, height, width },
    withIds: idFolders ?? false,
    ...(classes && { classNames: classes }),
    signal: stopSignal(),
  });
}

function common(path: string, { as, mean, deviation }: SourceFlags) {
  if ((mean === undefined) !== (deviation === undefined))
    throw new TributaryError("invalid_request", "--mean and --deviation belong together", {
      hint: "Give both, or none.",
    });
  const normalisation = mean && deviation && { mean, deviation };
  return { name: as ?? basename(path, extname(path)), ...(normalisation && { normalisation }) };
}

function wanted<Value>(value: Value | undefined, what: string): Value {
  if (value !== undefined) return value;
  throw new TributaryError("invalid_request", `${what}, is missing`, {
    hint: "`tributary data partition --help` says more.",
  });
}

/** "a,b", as an option's parser. */
function list(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

/** "1x28x28", as an option's parser. */
function sizes(text: string): number[] {
  const values = text.split(/[x×]/).map(Number);
  if (!values.every((value) => Number.isInteger(value) && value > 0))
    throw new InvalidArgumentError("whole numbers with x between them are wanted.");
  return values;
}
