import type { TributaryClient } from "@tributary/client";
import type { JobSeries, JobView, RoundView } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { useEffect, useState } from "react";

/** Least time between two showings, ms. */
const PACE_MS = 150;
/** Rounds that are asked for at first: the newest. */
const FIRST = 20;
/** Rounds beyond the series that are kept one by one: after them it is asked for again. */
const MOST_BEYOND = 200;
/** Before what was before is asked for again, when the coordinator did not answer, ms. */
const RETRY_MS = 2_000;
/** Points of a line: more than a screen can tell apart. */
const POINTS = 600;

export interface JobFeed {
  readonly job: JobView | undefined;
  /** The rounds that were over when it was asked for, in few points; undefined until it is here. */
  readonly series: JobSeries | undefined;
  /** The newest attempts at rounds, in order: all that are not in the series, at least. */
  readonly rounds: readonly RoundView[];
  /** Another number when there may be new lines in its log. */
  readonly logsAt: number;
  readonly error: unknown;
}

const nothing: JobFeed = { job: undefined, series: undefined, rounds: [], logsAt: 0, error: undefined };

/** Follows a job from now on by its stream of events, also over restarts of the coordinator; what was before comes in few points. */
export function useJob(client: TributaryClient, id: string): JobFeed {
  const [feed, setFeed] = useState<JobFeed>(nothing);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const told = new Map<string, RoundView>();
    let job: JobView | undefined;
    let series: JobSeries | undefined;
    let logsAt = 0;
    let isReading = false;
    let hearsStream = () => {};
    const streaming = new Promise<void>((resolve) => {
      hearsStream = resolve;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const fail = (error: unknown) => {
      if (!signal.aborted) setFeed((before) => ({ ...before, error }));
    };
    const show = () => {
      clearTimeout(timer);
      timer = undefined;
      if (!signal.aborted) setFeed({ job, series, rounds: [...told.values()].sort(inOrder), logsAt, error: undefined });
    };
    const showSoon = () => {
      timer ??= setTimeout(show, PACE_MS);
    };
    /** Reads what was before: a first time, and when so many rounds have come that they are too many to keep. */
    const read = async (): Promise<void> => {
      const newest = await client.jobs.series(id, { points: POINTS });
      series = newest;
      // Charts need no more, and are drawn before anything else is read.
      show();
      await drawn();
      // From here on nothing is missed: what ended before the stream began is among these.
      await streaming;
      const { rounds } = await client.jobs.newestRounds(id, { limit: FIRST });
      // What the stream told is newer.
      for (const round of rounds) if (!told.has(keyOf(round))) told.set(keyOf(round), round);
      const oldestKept = newest.through - FIRST;
      for (const [key, { number }] of told) if (number <= oldestKept) told.delete(key);
      isReading = false;
      showSoon();
    };
    const readUntilThere = (): void => {
      isReading = true;
      read().catch((error: unknown) => {
        if (signal.aborted) return;
        if (isPassing(error)) retry = setTimeout(readUntilThere, RETRY_MS);
        else fail(error);
      });
    };
    const follow = async () => {
      const onConnection = () => {
        // Lines may have come in between.
        logsAt += 1;
      };
      const options = { signal, patienceMs: Number.POSITIVE_INFINITY, from: "now", onConnection } as const;
      for await (const notice of client.watch(id, options)) {
        hearsStream();
        if (notice.type === "progress") continue;
        if (notice.type === "log") logsAt += 1;
        else if (notice.type === "job") {
          const isFirst = job === undefined;
          job = notice.data;
          if (isFirst) show();
        } else told.set(keyOf(notice.data), notice.data);
        if (!isReading && told.size > MOST_BEYOND + FIRST) readUntilThere();
        showSoon();
      }
    };
    setFeed(nothing);
    follow().catch(fail);
    readUntilThere();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      clearTimeout(retry);
    };
  }, [client, id]);
  return feed;
}

/** Resolves when what was just shown is on the screen; at once where nobody looks: nothing is drawn then. */
const drawn = (): Promise<void> =>
  new Promise((resolve) => {
    if (document.hidden) return resolve();
    requestAnimationFrame(() => setTimeout(resolve));
  });

const isPassing = (error: unknown): boolean =>
  error instanceof TributaryError && ["coordinator_unreachable", "disconnected", "timed_out"].includes(error.code);
const keyOf = ({ number, attempt }: RoundView): string => `${number}/${attempt}`;
const inOrder = (a: RoundView, b: RoundView): number => a.number - b.number || a.attempt - b.attempt;
