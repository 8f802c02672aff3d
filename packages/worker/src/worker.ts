import { mkdir } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { readManifest } from "@tributary/data";
import { codecStages, MAX_SHARED_CLASSES, type ShardFacts } from "@tributary/federation";
import { loadPlugin } from "@tributary/nn";
import { lockFolder, PROTOCOL_VERSION, reached, TributaryError, v1 } from "@tributary/protocol";
import { openTracing } from "@tributary/tracing";
import type { Logger } from "pino";
import { Assignments, STOPPING } from "./assignments.js";
import { Models } from "./models.js";
import { openWorkerMetrics } from "./observability/metrics.js";
import { serveMetrics } from "./observability/metrics-listener.js";
import { RelayedLog } from "./observability/relayed-log.js";
import type { WorkerOptions } from "./options.js";
import { takePart } from "./round.js";
import { Session } from "./session.js";
import { openIdentity } from "./state/identity-file.js";
import { KeptAssignment } from "./state/kept-assignment.js";
import { KeptUpdate } from "./state/kept-update.js";
import { KeptVectors } from "./state/kept-vectors.js";
import { PersonalModels } from "./state/personal-models.js";
import { TrainingThread } from "./training/training-thread.js";
import { software } from "./version.js";
import { readAssignment } from "./work.js";

/** How long a good-bye may take, ms. */
const LEAVE_MS = 2_000;

/**
 * Runs a worker beside its shard until `signal` is aborted: then it calls off what it does, takes its leave and returns.
 *
 * @throws TributaryError `data_folder_in_use` (another worker has the state folder), `shard_missing`, `shard_invalid`, `backend_unavailable`, `plugin_invalid`, `port_in_use` (of the metrics); `coordinator_unreachable` when the first
 *   connection takes too long; `unauthorized`, `protocol_mismatch`, `worker_name_taken` when the coordinator refuses it
 */
export async function runWorker(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { name, dataDir, stateDir, log, threads = 1, backend, role = "train", coordinator, joinToken, ca } = options;
  const { plugins = [], tags = [], codecs = codecStages } = options;
  checkAddress(coordinator);
  for (const plugin of plugins) await loadPlugin(plugin);
  const { dataset, samples, sampleShape, classes, labelCounts } = await readManifest(dataDir);
  const sharesLabels = options.shareLabels === true && classes <= MAX_SHARED_CLASSES;
  if (options.shareLabels && !sharesLabels)
    log.warn(
      { classes, most: MAX_SHARED_CLASSES },
      "the shard has too many classes to share the counts of their labels",
    );
  const unlock = await openState(stateDir, log);
  let counts: () => Assignments["counts"] = () => ({ underway: 0, waiting: 0 });
  const metrics = openWorkerMetrics(() => counts());
  const thread = new TrainingThread({ dataDir, threads, plugins, ...(backend && { backend }) });
  const tracing = await openTracing({
    endpoint: options.otlpEndpoint,
    service: "tributary-worker",
    instance: name,
    version: software,
  });
  let stopMetrics = async () => {};
  try {
    if (options.metrics !== undefined) stopMetrics = await serveMetrics(metrics, options.metrics, log);
    const opened = await thread.open();
    log.info(
      { dataset, samples, backend: opened.backend, version: opened.version, threads: opened.threads },
      "shard and backend are open",
    );
    const identity = await openIdentity(stateDir);
    const models = await Models.open(join(stateDir, "models"), log);
    const registration: v1.Registration.$Properties = {
      protocolVersion: PROTOCOL_VERSION,
      name,
      role: role === "train" ? v1.Role.ROLE_TRAIN : v1.Role.ROLE_EVALUATE,
      dataset,
      samples,
      backend: opened.backend,
      threads: opened.threads,
      software,
      sampleShape: [...sampleShape],
      classes,
      ops: [...opened.ops],
      tags: [...tags],
      memory: memoryBytes(),
      codecs: [...codecs],
      labelCounts: sharesLabels ? [...labelCounts] : [],
    };
    const connectTimeoutMs = options.connectTimeoutMs ?? 30_000;
    const vectors = new KeptVectors(join(stateDir, "vectors"), log);
    const session = new Session({
      coordinator,
      identity,
      joinToken,
      registration,
      connectTimeoutMs,
      onUnfinished: (jobs) => void vectors.forgetAllBut(jobs),
      metrics,
      log,
      ...(ca !== undefined && { ca }),
    });
    const asked = new KeptAssignment(stateDir, coordinator, log);
    const relayed = new RelayedLog(log, (line) => session.channel.call("log", line));
    const context = {
      session,
      models,
      thread,
      kept: new KeptUpdate(stateDir, samples, log),
      vectors,
      personal: new PersonalModels(join(stateDir, "personal")),
      worker: name,
      samples,
      metrics,
      tracing,
      relayed,
      log,
    };
    const assignments = new Assignments(
      async (work, stop) => {
        await takePart(work, stop, context).finally(() => (stop.reason === STOPPING ? undefined : asked.drop(work)));
      },
      log,
      relayed,
    );
    counts = () => assignments.counts;
    const shard = { dataset, sampleShape, classes };
    await restore(asked, assignments, shard);
    listen(session, assignments, { asked, vectors }, shard);
    await runSession(session, assignments, signal);
  } finally {
    await thread.close();
    await tracing.close();
    await stopMetrics();
    await unlock();
  }
}

/** Memory of the machine, or what of it this process may have where it is confined; 0 of `constrainedMemory` is: unknown. */
const memoryBytes = (): number => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

/** The folder of what must outlive this process, in its hands alone. */
async function openState(folder: string, log: Logger): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TributaryError("file_unreadable", `cannot make the state folder ${folder}`, { cause });
  }
  return lockFolder(folder, (error) => log.error({ err: error }, "another process took the state folder over"));
}

async function restore(asked: KeptAssignment, assignments: Assignments, shard: ShardFacts): Promise<void> {
  const assignment = await asked.find();
  if (assignment === undefined) return;
  try {
    assignments.restore(readAssignment(assignment, shard));
  } catch {
    // Of another version, or another shard. The coordinator asks again for what it still wants.
  }
}

function listen(
  { channel }: Session,
  assignments: Assignments,
  { asked, vectors }: { readonly asked: KeptAssignment; readonly vectors: KeptVectors },
  shard: ShardFacts,
): void {
  channel.handle("assign", (assignment) => {
    const work = readAssignment(assignment, shard);
    assignments.add(work);
    if (work.kind === "training") void asked.keep(work, assignment);
    reached("assigned", assignment);
    return {};
  });
  channel.handle("abort", (attempt) => {
    assignments.abort(attempt);
    if (attempt.jobOver) void vectors.forget(attempt.job);
    return {};
  });
}

/** Until the signal comes, or the session ends with an error. */
async function runSession(session: Session, assignments: Assignments, signal: AbortSignal): Promise<void> {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (!signal.aborted) await Promise.race([session.run(), stopped]);
    await session.leave(LEAVE_MS);
  } finally {
    signal.removeEventListener("abort", stop);
    session.close();
    await assignments.stop();
  }
}

function checkAddress(coordinator: string): void {
  if (!URL.canParse(coordinator) || !/^https?:$/.test(new URL(coordinator).protocol))
    throw new TributaryError(
      "coordinator_unreachable",
      `"${coordinator.slice(0, 100)}" is no address of a coordinator`,
      {
        hint: "Give one like http://127.0.0.1:7300 or https://coordinator.example:7300.",
      },
    );
}
