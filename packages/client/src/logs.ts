import { isOver, type JobLogLine, type JobNotice } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { isPassing, pause } from "./patience.js";
import type { WatchOptions } from "./watch.js";

/** Before a question is asked again, ms. */
const RETRY_MS = 1_000;

export interface LogSource {
  /** The newest lines, the newest last. */
  readonly lines: () => Promise<readonly JobLogLine[]>;
  /** What changes in the job from now on, until it is over. The job as it is comes when a connection has begun. */
  readonly notices: (options: WatchOptions) => AsyncIterable<JobNotice>;
}

/**
 * The lines of a log, each once, until the job is over. The stream of the job says that something was told, and what: of lines that come
 * at the same time only the newest, so that they are read from the log.
 * @throws TributaryError what the coordinator refuses with; `coordinator_unreachable`, `disconnected` or `timed_out` when it
 *   stays away; `aborted`
 */
export async function* followLogs(source: LogSource, options: WatchOptions = {}): AsyncGenerator<JobLogLine> {
  let seen: readonly JobLogLine[] = [];
  // What was told while there was no connection is not in the stream.
  let mayHaveMissed = true;
  const onConnection = (lost: TributaryError | undefined) => {
    mayHaveMissed ||= lost === undefined;
    options.onConnection?.(lost);
  };
  for await (const notice of source.notices({ ...options, onConnection })) {
    const { type, data } = notice;
    if (type !== "log" && type !== "job") continue;
    if (type === "log" ? has(seen, data) : !mayHaveMissed && !isOver(data.status)) continue;
    if (type === "job") mayHaveMissed = false;
    const lines = await answered(source.lines, options);
    yield* linesAfter(seen, lines);
    seen = lines;
  }
}

/** What cannot be answered now is asked again. */
async function answered<T>(
  ask: () => Promise<T>,
  { signal, patienceMs = 60_000, onConnection = () => undefined }: WatchOptions,
): Promise<T> {
  for (const since = performance.now(); ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || performance.now() - since >= patienceMs) throw error;
      onConnection(error);
    }
    await pause(RETRY_MS, signal);
    if (signal?.aborted) throw new TributaryError("aborted", "the request was called off");
  }
}

const has = (lines: readonly JobLogLine[], line: JobLogLine): boolean => {
  const text = JSON.stringify(line);
  return lines.some((other) => JSON.stringify(other) === text);
};

/**
 * What is new in a window of the newest lines: what comes after the longest end of the earlier window that the later one begins
 * with. After a restart of the coordinator, whose log begins anew, that is all of it.
 */
export function linesAfter(earlier: readonly JobLogLine[], later: readonly JobLogLine[]): readonly JobLogLine[] {
  const before = earlier.map((line) => JSON.stringify(line));
  const now = later.map((line) => JSON.stringify(line));
  let kept = Math.min(before.length, now.length);
  while (kept > 0 && !now.slice(0, kept).every((line, at) => line === before[before.length - kept + at])) kept -= 1;
  return later.slice(kept);
}
