import type { TributaryClient } from "@tributary/client";
import { isOver, type JobView } from "@tributary/federation";
import { TributaryError, toTributaryError } from "@tributary/protocol";
import { stopSignal } from "../signals.js";
import { absence } from "./connection.js";
import { jobLines } from "./job-lines.js";
import { JobState } from "./job-state.js";
import { openScreen } from "./open-screen.js";
import type { Key } from "./screen.js";

/**
 * Shows a job on the whole terminal until it is over, or a person has seen enough. A coordinator that is away is waited for.
 * @returns the job as it was seen last
 * @throws TributaryError `aborted` when the watch was left while the job went on, what the coordinator refuses with
 */
export async function watchJobLive(client: TributaryClient, id: string): Promise<JobView> {
  const first = await client.jobs.get(id);
  if (isOver(first.status)) return first;
  const state = new JobState(first);
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, stopSignal()]);
  const screen = await openScreen({
    lines: (size) => jobLines(state, size, Date.now()),
    pressed: (key) => {
      if (key === "leave") return leaving.abort();
      steer(client, state, key)
        .catch((error: unknown) => {
          state.said = toTributaryError(error).message;
        })
        .finally(screen.changed);
    },
  });
  const onConnection = (lost: TributaryError | undefined) => {
    state.gone = absence(state.gone, lost, Date.now());
    screen.changed();
  };
  const options = { signal, patienceMs: Number.POSITIVE_INFINITY };
  const watchJob = async () => {
    for await (const notice of client.watch(id, { ...options, onConnection })) {
      state.take(notice);
      screen.changed();
    }
    leaving.abort();
  };
  const watchWorkers = async () => {
    for await (const notice of client.watchFederation(options)) {
      state.federation.take(notice);
      screen.changed();
    }
  };
  try {
    await Promise.all([watchJob(), watchWorkers()]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    leaving.abort();
    screen.close();
  }
  const { job } = state;
  if (isOver(job.status) || job.status === "paused") return job;
  throw new TributaryError("aborted", `job ${id} goes on, it is only not watched any more`, {
    hint: `Look again: tributary job watch ${id}`,
  });
}

/** Does what a key asks for. Whether that is possible is the coordinator's to say. */
async function steer({ jobs }: TributaryClient, state: JobState, key: Key): Promise<void> {
  const { id, status } = state.job;
  state.said = undefined;
  if (state.isAsking) {
    state.isAsking = false;
    if (key === "y") state.job = await jobs.cancel(id);
  } else if (key === "c") state.isAsking = true;
  else if (key === "p" && status !== "paused") state.job = await jobs.pause(id);
  else if (key === "r" && status === "paused") state.job = await jobs.resume(id);
}
