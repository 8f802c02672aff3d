import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AcceptedUpdate, checkJobSpec, type JobEvent, type JobSpec, resolveModel } from "@tributary/federation";
import {
  AvgPool2d,
  Flatten,
  type Graph,
  initialise,
  Linear,
  Module,
  parameterCount,
  trace,
  type Value,
} from "@tributary/nn";
import { digestOf, encodeParameters, hex } from "@tributary/protocol";
import { JobRun } from "../jobs/job-run.js";
import { openPglite } from "../store/open-pglite.js";
import { BulkStore } from "./bulk-store.js";

export interface LongJobOptions {
  /** Where the coordinator's data folder is made. */
  readonly dataDir: string;
  /** Rounds that are over. The one after them is under way. */
  readonly rounds: number;
  /** Workers of each cohort. */
  readonly workers: number;
}

/** What was made. */
export interface LongJob {
  readonly job: string;
  /** Events in its journal. */
  readonly events: number;
}

/** A network of 170 parameters: it is the length of the job that counts. */
class Tiny extends Module {
  pool = new AvgPool2d(7);
  flatten = new Flatten();
  fc = new Linear(16, 10);
  forward(x: Value): Value {
    return this.fc.forward(this.flatten.forward(this.pool.forward(x)));
  }
}

/**
 * Makes a data folder with a job that has run for many rounds: its journal is what a coordinator writes, event by event, each
 * round trained, committed and evaluated, and its model versions are there as blobs. No worker, no network and no sync to the
 * disk for each event, so that 10,000 rounds take a minute.
 */
export async function makeLongJob({ dataDir, rounds, workers }: LongJobOptions): Promise<LongJob> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const store = new BulkStore(await openPglite(join(dataDir, "db"), () => {}));
  try {
    const names = Array.from({ length: workers }, (_, index) => `worker-${String(index).padStart(2, "0")}`);
    const { spec, graph } = longSpec(rounds + 1, workers);
    const place = { id: "long-job", name: spec.name, spec, parameters: parameterCount(graph), submittedAt: new Date() };
    const record = await store.addJob(place);
    const run = await JobRun.open(record, graph, store, async () => {});
    let events = 0;
    const tell = async (event: JobEvent): Promise<void> => {
      if (await run.dispatch(event)) events += 1;
    };
    const models = new ModelMaker(join(dataDir, "blobs"), spec, graph);
    await tell({ type: "JobStarted", model: await models.version(0) });
    for (const name of names) await tell(joined(name, "train"));
    await tell(joined("evaluator", "evaluate"));
    for (let round = 1; round <= rounds; round++) {
      for (const name of names)
        await tell({ type: "UpdateAccepted", round, attempt: 1, update: updateOf(name, round) });
      await tell({ type: "Committed", model: await models.version(round) });
      await tell({ type: "EvaluationReported", round, report: report(round) });
      // Someone's line is bad.
      const name = names[round % workers] ?? "";
      if (round % 2 === 0) await tell({ type: "WorkerLeft", name });
      if (round % 2 === 0) await tell(joined(name, "train"));
    }
    await store.flush();
    return { job: record.id, events };
  } finally {
    await store.close();
  }
}

/** @param rounds the job's last round */
function longSpec(rounds: number, workers: number): { spec: JobSpec; graph: Graph } {
  const spec = checkJobSpec({
    ...{ name: "long", model: { graph: trace(new Tiny(), [1, 28, 28]) }, dataset: "mnist", rounds },
    cohort: { size: workers, minimum: workers, quorum: workers },
    evaluation: { every: 1 },
  });
  return { spec, graph: resolveModel(spec) };
}

/** Writes model versions as blobs, without waiting for the disk. */
class ModelMaker {
  constructor(
    private readonly folder: string,
    private readonly spec: JobSpec,
    private readonly graph: Graph,
  ) {}

  async version(round: number): Promise<{ round: number; digest: string; size: number }> {
    const bytes = encodeParameters(initialise(this.graph, this.spec.seed + round));
    const digest = hex(digestOf(bytes));
    const shelf = join(this.folder, digest.slice(0, 2));
    await mkdir(shelf, { recursive: true });
    await writeFile(join(shelf, digest), bytes);
    return { round, digest, size: bytes.byteLength };
  }
}

const joined = (name: string, role: "train" | "evaluate"): JobEvent => ({
  type: "WorkerJoined",
  worker: { name, role, dataset: "mnist", samples: 600 },
});

const updateOf = (worker: string, round: number): AcceptedUpdate => ({
  worker,
  digest: hex(digestOf(Buffer.from(`${worker} ${round}`))),
  size: 1_000,
  samples: 600,
  metrics: { loss: 1 / round, accuracy: 0.5, batches: 19, samplesSeen: 600, downloadMs: 3, trainMs: 900, uploadMs: 4 },
});

const report = (round: number) => ({
  ...{ subject: "", evaluator: "evaluator", samples: 10_000, loss: 1 / round, accuracy: 0.5 },
  confusion: Array.from({ length: 100 }, (_, index) => (index * 7 + round) % 1_000),
});
