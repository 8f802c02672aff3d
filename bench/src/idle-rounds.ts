import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { openViewers } from "./open-viewers.js";
import { rounded, say } from "./report.js";

/** What rounds without training took of a coordinator. */
export interface IdleRounds {
  readonly modelBytes: number;
  /** Milliseconds from the end of one round to the end of the next, warm-up and rounds with viewers left out. */
  readonly roundMs: readonly number[];
  /** Those with viewers. */
  readonly viewedMs: readonly number[];
  /** Those of the warm-up, the first few left out. */
  readonly warmUpMs: readonly number[];
  /** Bytes of models that were sent for each measured round, and of updates that came. */
  readonly downBytes: readonly number[];
  readonly upBytes: readonly number[];
  /** The most memory that the coordinator ever held; undefined where there is no /proc. */
  readonly peakRssMiB: number | undefined;
}

/** The first rounds, in which files are made and caches fill, are no rounds like the others. */
const FIRST = 3;
/** Rounds without viewers, then as many with them, in turn: a drift of the machine meets both. */
const TURN = 10;
/** Rounds of a turn in which pages are being opened or closed. */
const SETTLING = 2;

/** Of a measured round, counted from 0. */
const isViewed = (index: number): boolean => index >= 0 && Math.floor(index / TURN) % 2 === 1;
const isSettled = (index: number): boolean => index % TURN >= SETTLING;

export interface IdleOptions {
  /** Rounds before the measured ones, in which the processes' code is compiled. Default 0. */
  readonly warmUp?: number;
  /** Train on one sample instead of none: then the model changes, and workers fetch it in each round. Default false. */
  readonly changing?: boolean;
  /** Pages of the job that are open in every other ten of the measured rounds. Default 0. */
  readonly viewers?: number;
}

/** Runs a job of real processes whose workers return the model at once, without training: it stays the same, and they fetch it once. */
export async function runIdleRounds(
  workers: number,
  model: string,
  rounds: number,
  { warmUp = 0, changing = false, viewers = 0 }: IdleOptions = {},
): Promise<IdleRounds> {
  const all = FIRST + warmUp + rounds;
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
      name: "idle-rounds",
      model,
      dataset: "mnist",
      rounds: all,
      training: changing ? { batchSize: 1, maxBatches: 1, learningRate: 1e-3 } : { idle: true },
      cohort: { minimum: workers, quorum: workers },
      evaluation: { every: 0 },
    });
    let close = () => {};
    for await (const notice of client.watch(job.id)) {
      if (notice.type === "job" && notice.data.status === "paused") break;
      if (notice.type !== "round" || notice.data.status !== "finished") continue;
      say(`round ${notice.data.number}/${all}`);
      const next = notice.data.number - FIRST - warmUp;
      if (next % TURN !== 0) continue;
      close();
      close = isViewed(next) ? openViewers(federation, job.id, viewers) : () => {};
    }
    close();
    const ended = await client.jobs.get(job.id);
    if (ended.status !== "completed" || ended.model === null)
      throw new Error(`the job is ${ended.status}: ${ended.reason ?? ""}`);
    const views = await client.jobs.rounds(job.id);
    const finished = views.map((round) => Date.parse(round.finishedAt ?? ""));
    const tookMs = finished
      .slice(1)
      .map((at, index) => at - (finished[index] ?? at))
      .slice(FIRST - 1);
    const peakRssMiB = await peakRssOf(federation.coordinator.pid);
    const measured = tookMs.slice(warmUp);
    return {
      modelBytes: ended.model.size,
      roundMs: measured.filter((_, index) => viewers === 0 || (isSettled(index) && !isViewed(index))),
      viewedMs: measured.filter((_, index) => viewers > 0 && isSettled(index) && isViewed(index)),
      warmUpMs: tookMs.slice(0, warmUp),
      downBytes: views.slice(-rounds).map(({ bytesDown }) => bytesDown),
      upBytes: views.slice(-rounds).map(({ bytesUp }) => bytesUp),
      peakRssMiB,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The most memory that the process ever held (VmHWM of proc(5)); undefined where there is no /proc. */
async function peakRssOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kib === undefined ? undefined : rounded(Number(kib) / 1024);
}
