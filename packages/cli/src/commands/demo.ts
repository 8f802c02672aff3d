import { resolve } from "node:path";
import type { EvaluationView, JobSpec } from "@tributary/federation";
import Table from "cli-table3";
import { Command, Option } from "commander";
import { runTwin, type TwinResult } from "../demo/twin.js";
import { wholeNumber } from "../options.js";
import { count, duration, percent } from "../output/format.js";
import { RoundProgress } from "../output/round-progress.js";
import { stopSignal } from "../signals.js";

interface Options {
  readonly rounds: number;
  readonly seed: number;
  readonly weighting: "equal" | "samples";
  readonly folder: string;
  readonly output: string;
  readonly json?: boolean;
}

/** `tributary demo`: three workers with disjoint digits train one network on this machine, in real processes. */
export const demo = (): Command =>
  new Command("demo")
    .description("train one CNN over three workers with disjoint digits of MNIST, in real processes on this machine")
    .option("--rounds <n>", "rounds", wholeNumber(1, 1_000_000), 40)
    .option("--seed <n>", "seed of the job", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .addOption(new Option("--weighting <rule>", "weights of the mean").choices(["equal", "samples"]).default("equal"))
    .option("--folder <path>", "shards, the coordinator's data, logs", ".tributary/demo")
    .option("--output <file>", "where the model goes", "models/pysyft-twin.safetensors")
    .option("--json", "print the result as JSON")
    .addHelpText("after", "\nExample:\n  tributary demo --rounds 10 --weighting samples")
    .action(run);

async function run(options: Options): Promise<void> {
  const { rounds, seed, weighting } = options;
  const progress = new RoundProgress(rounds);
  const modelFile = resolve(options.output);
  const change = (spec: JobSpec): JobSpec => ({ ...spec, rounds, seed, strategy: { kind: "fedavg", weighting } });
  try {
    const result = await runTwin({
      folder: resolve(options.folder),
      modelFile,
      change,
      signal: stopSignal(),
      say: (line) => progress.line(line),
      onRound: (round) => progress.finished(round),
    });
    progress.stop();
    process.stdout.write(`${options.json ? JSON.stringify(asJson(result, modelFile)) : asText(result, modelFile)}\n`);
  } finally {
    progress.stop();
  }
}

const evaluationsOf = ({ rounds }: TwinResult): readonly EvaluationView[] => {
  const last = rounds.at(-1);
  return last?.evaluation ? [...last.updateEvaluations, last.evaluation] : [];
};

function asText(result: TwinResult, modelFile: string): string {
  const table = new Table({ head: ["model", "images", "accuracy on all ten digits"], style: { head: [], border: [] } });
  const updates = result.rounds.at(-1)?.updates ?? [];
  const all = updates.reduce((sum, { samples }) => sum + samples, 0);
  for (const { subject, accuracy } of evaluationsOf(result)) {
    const samples = subject === "" ? all : (updates.find(({ worker }) => worker === subject)?.samples ?? 0);
    table.push([subject === "" ? "the federation's" : `${subject}'s own`, count(samples), percent(accuracy)]);
  }
  return [
    `${result.rounds.length} rounds in ${duration(result.wallSeconds * 1000)} on ${result.backend}`,
    table.toString(),
    `model   ${modelFile}`,
    `digest  ${result.job.model?.digest ?? ""}`,
  ].join("\n");
}

function asJson(result: TwinResult, modelFile: string) {
  return {
    rounds: result.rounds.length,
    backend: result.backend,
    wallSeconds: result.wallSeconds,
    trainingSeconds: result.trainingSeconds,
    accuracy: result.job.accuracy,
    workers: Object.fromEntries(
      evaluationsOf(result)
        .filter(({ subject }) => subject !== "")
        .map(({ subject, accuracy }) => [subject, accuracy]),
    ),
    digest: result.job.model?.digest,
    modelFile,
  };
}
