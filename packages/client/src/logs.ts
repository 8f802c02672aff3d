import type { JobLogLine } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { isPassing, pause } from "./patience.js";
import type { WatchOptions } from "./watch.js";

/** Between two questions, ms. */
const PACE_MS = 1_000;

export interface LogSource {
  /** The newest lines, the newest last. */
  readonly lines: () => Promise<readonly JobLogLine[]>;
  /** Whether nothing will be told any more. */
  readonly isOver: () => Promise<boolean>;
}

/**
 * The lines of a log, each once, until it is over.
 * @throws TributaryError what the coordinator refuses with; `coordinator_unreachable`, `disconnected` or `timed_out` when it
 *   stays away; `aborted`
 */
export async function* followLogs(
  source: LogSource,
  { signal, patienceMs = 60_000, onConnection = () => undefined }: WatchOptions = {},
): AsyncGenerator<JobLogLine> {
  let seen: readonly JobLogLine[] = [];
  let heardAt = performance.now();
  let isHeard = false;
  for (;;) {
    try {
      // In this order: what is told before the end is among the lines.
      const over = await source.isOver();
      const lines = await source.lines();
      if (!isHeard) onConnection(undefined);
      isHeard = true;
      heardAt = performance.now();
      yield* linesAfter(seen, lines);
      seen = lines;
      if (over) return;
    } catch (error) {
      if (!isPassing(error) || performance.now() - heardAt >= patienceMs) throw error;
      isHeard = false;
      onConnection(error);
    }
    await pause(PACE_MS, signal);
    if (signal?.aborted) throw new TributaryError("aborted", "the request was called off");
  }
}

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
