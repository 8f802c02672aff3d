import { type Dataset, datasetNames, type Transform } from "@tributary/data";
import { timesSmaller } from "@tributary/federation";
import { encodeSafetensors } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import {
  type SimulatedRound,
  type SimulationResult,
  simulate,
  type TrainingDuration,
  virtualShards,
} from "@tributary/simulation";
import { Command, InvalidArgumentError, Option } from "commander";
import { partitionOf } from "../data/short-partition.js";
import { publicDataset, type SourceFlags, sourceFrom, withSource } from "../data/source.js";
import { transformList } from "../data/transforms.js";
import { relaxHeap } from "../heap.js";
import { readJobFile } from "../job-file.js";
import { writeWhole } from "../models/save-model.js";
import { pluginOption, wholeNumber } from "../options.js";
import { bytes, count, duration, percent } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { RoundProgress } from "../output/round-progress.js";
import { printPersonalisation, validationText } from "../output/scores.js";
import { stopSignal } from "../signals.js";
import { rulesWithoutScores } from "../unscored.js";
import { type GivenMemory, type GivenTag, memoryOf, tagOf, withTraits } from "../virtual-traits.js";

interface Options extends SourceFlags {
  readonly workers: number;
  readonly partition: string;
  readonly partitionSeed: number;
  readonly evaluate?: boolean;
  readonly augment?: readonly Transform[];
  readonly dropout: number;
  readonly duration?: TrainingDuration;
  readonly tag: readonly GivenTag[];
  readonly memory: readonly GivenMemory[];
  readonly engines?: number;
  readonly backend?: "native" | "wasm";
  readonly plugin: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

/** `tributary simulate`: a job with virtual workers, in this process. */
export const simulation = (): Command =>
  withSource(
    new Command("simulate").description(
      "run a job with virtual workers in this process: the same rules and the same bytes as deployed, no sockets",
    ),
  )
    .argument("<file>", "the JobSpec, YAML or JSON")
    .option("--workers <n>", "virtual workers", wholeNumber(1, 100_000), 10)
    .option(
      "--partition <way>",
      "how the data set is dealt out: iid, dirichlet:ALPHA, shards:PIECES, labels:K, similarity:SHARE, size-skew:EXPONENT or by-id",
      "iid",
    )
    .option("--partition-seed <n>", "of the partition", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--evaluate", "score the global model on the test part of the public data set")
    .option("--augment <list>", "what workers do to images that they train on: pad:4,crop:32x32,flip", transformList)
    .option("--dropout <chance>", "that a selected worker does not answer, 0 to 1", chance, 0)
    .option(
      "--duration <seconds[:sigma]>",
      "how long a virtual worker takes, in virtual time: the median of a log-normal distribution, and its sigma; default: no time",
      trainingDuration,
    )
    .addOption(
      new Option(
        "--tag <tag[=workers]>",
        "tag of virtual workers that jobs may ask for: gpu=0-4,7; repeat it for several",
      )
        .default([], "none")
        .argParser(tagOf),
    )
    .addOption(
      new Option(
        "--memory <bytes[=workers]>",
        "memory that virtual workers tell: 8000000000=0-4; repeat it for several",
      )
        .default([], "none")
        .argParser(memoryOf),
    )
    .option("--engines <n>", "workers that train at once; default: the number of cores", wholeNumber(1, 1_024))
    .addOption(new Option("--backend <name>", "default: native where it works").choices(["native", "wasm"]))
    .addOption(pluginOption())
    .option("--out <file>", "where the model goes, as safetensors")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
Examples:
  tributary simulate job.yaml --workers 100 --partition dirichlet:0.5 --evaluate
  tributary simulate fedbuff.yaml --workers 100 --duration 60:1 --evaluate
  tributary simulate tagged.yaml --workers 10 --tag gpu=0-4,7 --memory 8000000000
  tributary simulate job.yaml --workers 100 --partition shards:2 --out model.safetensors`,
    )
    .action(run);

async function run(file: string, options: Options): Promise<void> {
  relaxHeap();
  const signal = stopSignal();
  const spec = await readJobFile(file);
  const own = options.csv ?? options.npy ?? options.images;
  const dataset = own === undefined ? (options.dataset ?? spec.dataset) : undefined;
  const { set } = await sourceFrom({ ...options, ...(dataset !== undefined && { dataset }) });
  const {
    workers,
    partition,
    partitionSeed,
    augment,
    dropout,
    duration: trainingDuration,
    tag,
    memory,
    engines,
    backend,
    plugin,
    out,
  } = options;
  const dealt = virtualShards(set, partitionOf(partition, workers), partitionSeed);
  const shards = withTraits(dealt, tag, memory);
  const heldOut = options.evaluate ? await testPart(dataset, options) : undefined;
  const progress = new RoundProgress(spec.rounds);
  let result: SimulationResult;
  try {
    const unseen = rulesWithoutScores(spec, heldOut !== undefined);
    if (unseen.length > 0)
      progress.line(
        `nobody scores the model, so ${unseen.join(" and ")} will not end the job: use --evaluate, or evaluation.workers`,
      );
    progress.line(`${count(shards.length)} virtual workers share ${count(set.count)} samples of ${set.name}`);
    result = await simulate({
      ...{ spec, dataset: set, shards, heldOut, backend, engines, dropout, trainingDuration, signal },
      transforms: augment,
      plugins: plugin,
      onRound: (round) => progress.finishedIn(round.ms, round.round, lineOf(round, spec.rounds)),
    });
  } finally {
    progress.stop();
  }
  const { model } = result;
  if (out !== undefined)
    await writeWhole(out, encodeSafetensors(model.parameters, { round: String(model.round), digest: model.digest }));
  if (options.json) printJson(asJson(result));
  else printSummary(result, out);
  finish(result);
}

/** A public data set has a part that nobody trains on. */
async function testPart(name: string | undefined, flags: SourceFlags): Promise<Dataset> {
  if (name !== undefined && datasetNames.includes(name) && flags.split === "train")
    return publicDataset(name, { ...flags, split: "test" });
  throw new TributaryError("invalid_request", "--evaluate: there is no test part beside these samples", {
    hint: `It is for the train part of a public data set: ${datasetNames.join(", ")}.`,
  });
}

function lineOf(
  { round, ms, updates, cohort, refusals, loss, evaluation, validation, bytesDown, sentBytes }: SimulatedRound,
  total: number,
): string {
  const place = `round ${String(round).padStart(String(total).length)}/${total}`;
  const trained = loss === undefined ? "" : `  loss ${loss.toFixed(4)}`;
  const refused = refusals.length > 0 ? `  ${refusals.length} refused: ${refusals[0]?.code}` : "";
  const accuracy = evaluation ? `  accuracy ${percent(evaluation.accuracy)}` : "";
  const workers = validation ? `  ${validationText(validation)}` : "";
  const sent = `  ${bytes(bytesDown)} down, ${bytes(sentBytes)} up`;
  return `${place}  ${duration(ms).padStart(7)}  ${updates} of ${cohort} updates${sent}${trained}${refused}${accuracy}${workers}`;
}

/** Rounds in the summary: more are no table that anybody would read. */
const ROWS = 20;

function printSummary({ outcome, rounds, model, backend }: SimulationResult, out: string | undefined): void {
  const scored = rounds.filter(({ evaluation, validation }) => (evaluation ?? validation) !== undefined);
  const isFederated = rounds.some(({ validation }) => validation !== undefined);
  const shown = thinned(scored.length > 0 ? scored : rounds);
  const rows = shown.map(({ round, updates, loss, evaluation, validation, bytesDown, sentBytes }) => [
    String(round),
    count(updates),
    ...[bytes(bytesDown), bytes(sentBytes)],
    loss?.toFixed(4) ?? "–",
    evaluation?.loss.toFixed(4) ?? "–",
    percent(evaluation?.accuracy),
    ...(isFederated ? [percent(validation?.summary.accuracy.mean), percent(validation?.summary.accuracy.worst)] : []),
  ]);
  const ofWorkers = isFederated ? ["of workers", "worst 10 %"] : [];
  printTable(["round", "updates", "down", "up", "training loss", "loss", "accuracy", ...ofWorkers], rows);
  const personalisation = rounds.at(-1)?.personalisation;
  if (personalisation !== undefined) {
    print("");
    printPersonalisation(personalisation);
  }
  print("");
  print(`${outcome.kind}${"reason" in outcome ? `: ${outcome.reason}` : ""}`);
  const ms = sumOf(rounds, "ms");
  print(`${count(rounds.length)} rounds in ${duration(ms)}${backend === undefined ? "" : ` on ${backend}`}`);
  const models = smallerText(sumOf(rounds, "sentModelBytes"), sumOf(rounds, "modelBytes"));
  print(`models  ${bytes(sumOf(rounds, "bytesDown"))} down to those that train${models}`);
  const sent = sumOf(rounds, "sentBytes");
  print(`updates ${bytes(sent)} up${smallerText(sent, sumOf(rounds, "updateBytes"))}`);
  if (out !== undefined) print(`model   ${out}`);
  print(`digest  ${model.digest}`);
}

const smallerText = (sent: number, size: number): string =>
  sent < size ? `, ${timesSmaller(sent, size)} smaller than as they are` : "";

type Summed = "ms" | "bytesDown" | "sentBytes" | "updateBytes" | "sentModelBytes" | "modelBytes";

const sumOf = (rounds: readonly SimulatedRound[], field: Summed): number =>
  rounds.reduce((sum, round) => sum + round[field], 0);

/** The last one, and others at equal distances. */
function thinned<Item>(items: readonly Item[]): readonly Item[] {
  const step = Math.ceil(items.length / ROWS);
  return items.filter((_, index) => (items.length - 1 - index) % step === 0);
}

function asJson({ outcome, rounds, model, virtualMs, backend }: SimulationResult) {
  const { round, digest } = model;
  return { outcome, model: { round, digest }, virtualMs, backend, rounds };
}

/** @throws TributaryError `aborted` or `training_failed` unless the job completed, so that the exit code is the job's */
function finish({ outcome }: SimulationResult): void {
  if (outcome.kind === "completed") return;
  if (outcome.kind === "cancelled") throw new TributaryError("aborted", "the simulation was stopped");
  throw new TributaryError("training_failed", `the job is ${outcome.kind}: ${outcome.reason}`, {
    hint: "A deployed job would have ended in the same way; correct the JobSpec, or give it more workers.",
  });
}

function trainingDuration(text: string): TrainingDuration {
  const [median = Number.NaN, sigma = 0, ...more] = text
    .split(":")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!(median > 0 && sigma >= 0) || more.length > 0)
    throw new InvalidArgumentError("seconds are wanted, and perhaps a sigma: 60 or 60:1.");
  return { median, sigma };
}

function chance(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError("a number from 0 to 1 is wanted.");
  return value;
}
