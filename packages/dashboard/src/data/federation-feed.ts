import type { TributaryClient } from "@tributary/client";
import type { JobView, WorkerView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { useEffect, useState } from "react";

/** Between two looks at the coordinator, ms. */
const INTERVAL_MS = 2_000;

/** Whether the coordinator answers. */
export type Connection =
  | { readonly state: "connecting" | "live" }
  | { readonly state: "lost"; readonly since: number; readonly reason: string };

/** What the page knows of all workers and jobs; undefined until the first answer. */
export interface Federation {
  readonly workers: readonly WorkerView[] | undefined;
  readonly jobs: readonly JobView[] | undefined;
  readonly connection: Connection;
  /** Shows a job's new state before the feed tells of it. */
  readonly tell: (job: JobView) => void;
}

/**
 * Follows the workers and jobs of a coordinator, also over its restarts.
 * @param onRefused called when the token is no longer good
 */
export function useFederation(client: TributaryClient, onRefused: () => void): Federation {
  const [workers, setWorkers] = useState<readonly WorkerView[]>();
  const [jobs, setJobs] = useState<readonly JobView[]>();
  const [connection, setConnection] = useState<Connection>({ state: "connecting" });

  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const [nextWorkers, nextJobs] = await Promise.all([client.workers.list(), client.jobs.list()]);
        if (stopped) return;
        setWorkers(nextWorkers);
        setJobs(nextJobs);
        setConnection((before) => (before.state === "live" ? before : { state: "live" }));
      } catch (error) {
        if (stopped) return;
        if (error instanceof TributaryError && (error.code === "unauthorized" || error.code === "forbidden"))
          return onRefused();
        const reason = error instanceof Error ? error.message : "no answer";
        setConnection((before) => ({
          state: "lost",
          since: before.state === "lost" ? before.since : Date.now(),
          reason,
        }));
      }
      timer = setTimeout(look, INTERVAL_MS);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [client, onRefused]);

  const tell = (job: JobView) =>
    setJobs((before) => [job, ...(before ?? []).filter(({ id }) => id !== job.id)].sort(newestFirst));
  return { workers, jobs, connection, tell };
}

const newestFirst = (one: JobView, other: JobView): number => other.submittedAt.localeCompare(one.submittedAt);
