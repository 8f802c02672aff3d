import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { Command } from "commander";
import { median, quantile, report, rounded, say } from "./report.js";

interface Options {
  readonly workers: number;
  readonly model: string;
  readonly rounds: number;
  readonly keep?: string;
}

/** What a round costs besides training: real processes, workers return the model at once. */
export const roundOverhead = (): Command =>
  new Command("round-overhead")
    .description("milliseconds a round costs besides training, and the coordinator's peak memory")
    .option("--workers <n>", "worker processes", Number, 3)
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--rounds <n>", "measured rounds", Number, 20)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

/** Rounds before the measured ones, in which caches fill and code is compiled. */
const WARM_UP = 3;

async function run({ workers, model, rounds, keep }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  try {
    const names = Array.from({ length: workers }, (_, index) => `worker-${index}`);
    const shards = join(folder, "shards");
    say(`writing ${workers} shards`);
    await partitionDataset({
      dataset: "mnist",
      split: "test",
      spec: { kind: "iid", shards: workers },
      names,
      out: shards,
      seed: 1,
    });
    await using federation = await LocalFederation.start({ folder, env: { TRIBUTARY_BACKEND: "wasm" } });
    for (const name of names) federation.startWorker({ name, data: join(shards, name) });
    const { client } = federation;
    const job = await client.jobs.create({
      name: "round-overhead",
      model,
      dataset: "mnist",
      rounds: rounds + WARM_UP,
      training: { idle: true },
      cohort: { minimum: workers, quorum: workers },
      evaluation: { every: 0 },
    });
    for await (const notice of client.watch(job.id)) {
      if (notice.type === "round" && notice.data.status === "finished")
        say(`round ${notice.data.number}/${rounds + WARM_UP}`);
    }
    const ended = await client.jobs.get(job.id);
    if (ended.status !== "completed") throw new Error(`the job ${ended.status}: ${ended.reason ?? ""}`);
    const finished = (await client.jobs.rounds(job.id)).map((round) => Date.parse(round.finishedAt ?? ""));
    const durations = finished
      .slice(1)
      .map((at, index) => at - (finished[index] ?? at))
      .slice(WARM_UP - 1);
    report(
      {
        bench: "round-overhead",
        workers,
        model,
        modelBytes: ended.model?.size,
        rounds: durations.length,
        medianMs: rounded(median(durations)),
        p95Ms: rounded(quantile(durations, 0.95)),
        coordinatorPeakRssMiB: await peakRssMiB(federation.coordinator.pid),
        roundMs: durations,
      },
      keep,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The most memory that the process ever held (VmHWM of proc(5)); undefined where there is no /proc. */
async function peakRssMiB(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kib === undefined ? undefined : rounded(Number(kib) / 1024);
}
