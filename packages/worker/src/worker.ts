import { join } from "node:path";
import { readManifest } from "@tributary/data";
import type { ShardFacts } from "@tributary/federation";
import { loadPlugin } from "@tributary/nn";
import { PROTOCOL_VERSION, TributaryError, v1 } from "@tributary/protocol";
import { Assignments } from "./assignments.js";
import { Models } from "./models.js";
import type { WorkerOptions } from "./options.js";
import { takePart } from "./round.js";
import { Session } from "./session.js";
import { TrainingThread } from "./training/training-thread.js";
import { software } from "./version.js";
import { readAssignment } from "./work.js";

/** How long a good-bye may take, ms. */
const LEAVE_MS = 2_000;

/**
 * Runs a worker beside its shard until `signal` is aborted: then it calls off what it does, takes its leave and returns.
 *
 * @throws TributaryError `shard_missing`, `shard_invalid`, `backend_unavailable`, `plugin_invalid`; `coordinator_unreachable` when the first
 *   connection takes too long; `unauthorized`, `protocol_mismatch`, `worker_name_taken` when the coordinator refuses it
 */
export async function runWorker(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { name, dataDir, stateDir, log, threads = 1, backend, role = "train", coordinator, joinToken, ca } = options;
  const { plugins = [] } = options;
  checkAddress(coordinator);
  for (const plugin of plugins) await loadPlugin(plugin);
  const { dataset, samples, sampleShape, classes } = await readManifest(dataDir);
  const thread = new TrainingThread({ dataDir, threads, plugins, ...(backend && { backend }) });
  try {
    const opened = await thread.open();
    log.info(
      { dataset, samples, backend: opened.backend, version: opened.version, threads: opened.threads },
      "shard and backend are open",
    );
    const models = await Models.open(join(stateDir, "models"));
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
    };
    const connectTimeoutMs = options.connectTimeoutMs ?? 30_000;
    const session = new Session({
      coordinator,
      joinToken,
      registration,
      connectTimeoutMs,
      log,
      ...(ca !== undefined && { ca }),
    });
    const assignments = new Assignments(
      (work, stop) => takePart(work, stop, { session, models, thread, worker: name, samples, log }),
      log,
    );
    listen(session, assignments, { dataset, sampleShape, classes });
    await runSession(session, assignments, signal);
  } finally {
    await thread.close();
  }
}

function listen({ channel }: Session, assignments: Assignments, shard: ShardFacts): void {
  channel.handle("assign", (assignment) => {
    assignments.add(readAssignment(assignment, shard));
    return {};
  });
  channel.handle("abort", (attempt) => {
    assignments.abort(attempt);
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
