import type { TributaryClient } from "@tributary/client";
import type { JobView, RoundView } from "@tributary/federation";
import { useEffect, useState } from "react";

/** Least time between two showings, ms: a job with thousands of rounds sends them all at once, and they take longer to draw. */
const paceMs = (rounds: number): number => 150 + rounds / 20;

export interface JobFeed {
  readonly job: JobView | undefined;
  /** All attempts at all rounds, in order. */
  readonly rounds: readonly RoundView[];
  readonly error: unknown;
}

/** Follows a job by its stream of events, also over restarts of the coordinator. */
export function useJob(client: TributaryClient, id: string): JobFeed {
  const [feed, setFeed] = useState<JobFeed>({ job: undefined, rounds: [], error: undefined });
  useEffect(() => {
    const leaving = new AbortController();
    const rounds = new Map<string, RoundView>();
    let job: JobView | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const sorted = [...rounds.values()].sort((a, b) => a.number - b.number || a.attempt - b.attempt);
      setFeed({ job, rounds: sorted, error: undefined });
    };
    const follow = async () => {
      try {
        for await (const notice of client.watch(id, { signal: leaving.signal, patienceMs: Number.POSITIVE_INFINITY })) {
          if (notice.type === "progress") continue;
          if (notice.type === "job") job = notice.data;
          else rounds.set(`${notice.data.number}/${notice.data.attempt}`, notice.data);
          timer ??= setTimeout(show, paceMs(rounds.size));
        }
      } catch (error) {
        if (!leaving.signal.aborted) setFeed((before) => ({ ...before, error }));
      }
    };
    setFeed({ job: undefined, rounds: [], error: undefined });
    void follow();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [client, id]);
  return feed;
}
