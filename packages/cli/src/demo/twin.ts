import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { partitionDataset } from "@tributary/data";
import { type JobSpec, type JobView, parseJobSpec, type RoundView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { LocalFederation } from "../local/local-federation.js";
import { saveModel } from "../models/save-model.js";

/** The JobSpec of the twin, as it stands in `jobs/pysyft-twin.yaml`. */
const twinJobFile = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "jobs", "pysyft-twin.yaml");

/** Who holds which digits: disjoint, so that none of them could learn all ten alone. */
const DIGITS = { alice: [0, 1, 2, 3], bob: [4, 5, 6], charlie: [7, 8, 9] } as const;
const EVALUATOR = "evaluator";

export interface TwinOptions {
  /** Folder for shards, the coordinator's data and the logs. Shards that are there already are used again. */
  readonly folder: string;
  /** Changes to the job, as in a JobSpec. */
  readonly change?: (spec: JobSpec) => JobSpec;
  /** Environment of the processes. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told of each step, for people. */
  readonly say: (line: string) => void;
  /** Told of each round that finished. */
  readonly onRound?: (round: RoundView, spec: JobSpec) => void;
  /** Default: the model is not downloaded. */
  readonly modelFile?: string;
  readonly signal?: AbortSignal;
}

export interface TwinResult {
  readonly job: JobView;
  readonly rounds: readonly RoundView[];
  /** Backend that the workers used. */
  readonly backend: string;
  /** From the start of the first round to the end of the last. */
  readonly wallSeconds: number;
  /** The same without evaluation. */
  readonly trainingSeconds: number;
}

/**
 * Runs the twin of PySyft's asynchronous-websocket MNIST example with real processes: a coordinator, Alice with the
 * digits 0-3 (24,754 images), Bob 4-6 (17,181), Charlie 7-9 (18,065), an evaluator with the 10,000 test images.
 *
 * @throws TributaryError `training_failed` when the job did not complete, and what the parts throw
 */
export async function runTwin(options: TwinOptions): Promise<TwinResult> {
  const { folder, say, env, signal } = options;
  const spec = parseJobSpec(await readFile(twinJobFile, "utf8"), { file: twinJobFile });
  const changed = options.change?.(spec) ?? spec;
  await mkdir(folder, { recursive: true });
  const shards = await writeShards(folder, changed.seed, say);
  await using federation = await LocalFederation.start({ folder, ...(env && { env }) });
  say(`coordinator at ${federation.url}`);
  // The others wait while the evaluator works: it may use two cores.
  for (const shard of shards) federation.startWorker({ ...shard, threads: shard.role === "evaluate" ? 2 : 1 });
  const { client } = federation;
  const submitted = await client.jobs.create(changed);
  say(`job ${submitted.id}: ${changed.rounds} rounds of ${String(changed.model)}; logs in ${folder}`);
  for await (const notice of client.watch(submitted.id, signal ? { signal } : {})) {
    if (notice.type === "job" && notice.data.status === "paused") break;
    if (notice.type === "round" && notice.data.status === "finished") options.onRound?.(notice.data, changed);
  }
  const job = await client.jobs.get(submitted.id);
  if (job.status !== "completed")
    throw new TributaryError("training_failed", `the job is ${job.status}: ${job.reason ?? "no reason given"}`);
  if (options.modelFile) await saveModel(client, job.id, "latest", options.modelFile);
  const rounds = (await client.jobs.rounds(job.id)).filter(({ status }) => status === "finished");
  const workers = await client.workers.list();
  return { job, rounds, backend: [...new Set(workers.map(({ backend }) => backend))].join("+"), ...durations(rounds) };
}

async function writeShards(folder: string, seed: number, say: TwinOptions["say"]) {
  const out = join(folder, "shards");
  const trainers = Object.keys(DIGITS);
  const training = await partitionDataset({
    dataset: "mnist",
    split: "train",
    spec: { kind: "labels", labels: Object.values(DIGITS) },
    names: trainers,
    out,
    seed,
  });
  await partitionDataset({
    dataset: "mnist",
    split: "test",
    spec: { kind: "iid", shards: 1 },
    names: [EVALUATOR],
    out,
    seed,
  });
  for (const { name, samples } of training)
    say(`${name}: ${samples} images, digits ${DIGITS[name as keyof typeof DIGITS].join(" ")}`);
  const shards: { name: string; role: "train" | "evaluate" }[] = trainers.map((name) => ({ name, role: "train" }));
  shards.push({ name: EVALUATOR, role: "evaluate" });
  return shards.map(({ name, role }) => ({ name, role, data: join(out, name) }));
}

function durations(rounds: readonly RoundView[]): { wallSeconds: number; trainingSeconds: number } {
  const first = Date.parse(rounds[0]?.startedAt ?? "");
  const last = Date.parse(rounds.at(-1)?.finishedAt ?? "");
  const evaluationMs = rounds.reduce((sum, { timings }) => sum + (timings.evaluationMs ?? 0), 0);
  return { wallSeconds: (last - first) / 1000, trainingSeconds: (last - first - evaluationMs) / 1000 };
}
