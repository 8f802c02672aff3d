import type { TributaryClient } from "@tributary/client";
import type { JobView } from "@tributary/federation";
import { RoundProgress } from "./output/round-progress.js";
import { stopSignal } from "./signals.js";

/** Shows a job's rounds as they finish, until it is over or stands still. @throws TributaryError `aborted` when a person stops the watch */
export async function watchToEnd(client: TributaryClient, id: string): Promise<JobView> {
  let progress: RoundProgress | undefined;
  let waiting = false;
  try {
    for await (const notice of client.watch(id, { signal: stopSignal() })) {
      if (notice.type === "job") {
        progress ??= new RoundProgress(notice.data.spec.rounds);
        if (notice.data.phase === "waiting" && !waiting)
          progress.line(
            `waiting for ${notice.data.spec.cohort.minimum} workers with data set ${notice.data.spec.dataset}`,
          );
        waiting = notice.data.phase === "waiting";
        if (notice.data.phase === "retrying") progress.line(`${notice.data.reason}; it is tried again`);
        if (notice.data.status === "paused") break;
      }
      if (notice.type === "round" && (notice.data.status === "finished" || notice.data.status === "abandoned"))
        progress?.finished(notice.data);
    }
  } finally {
    progress?.stop();
  }
  return client.jobs.get(id);
}
