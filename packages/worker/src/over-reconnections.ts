import { setTimeout } from "node:timers/promises";
import { type ErrorCode, TributaryError } from "@tributary/protocol";
import type { RoundContext } from "./round-context.js";

/** After these the connection is made again and the step is repeated. */
const CONNECTION_LOST: readonly ErrorCode[] = ["disconnected", "timed_out", "not_registered", "upload_unknown"];
/** The coordinator can't at present: its disk is full, its database is away. The step is repeated until the round closes. */
const NOT_NOW: readonly ErrorCode[] = ["store_failed", "disk_full", "rate_limited", "internal"];
/** Wait before the first such repetition, and the longest between two, ms. */
const PATIENCE_MS = { first: 500, longest: 15_000 };

/** Repeats a step on each new connection, and when the coordinator can't at present, until it is done or refused. */
export async function overReconnections<T>(
  { session, metrics, relayed, log }: Pick<RoundContext, "session" | "metrics" | "relayed" | "log">,
  signal: AbortSignal,
  step: () => Promise<T>,
): Promise<T> {
  for (let patienceMs = PATIENCE_MS.first; ; ) {
    await session.ready(signal);
    try {
      return await step();
    } catch (error) {
      if (error instanceof TributaryError && NOT_NOW.includes(error.code)) {
        metrics.errors.inc({ code: error.code });
        relayed.warn(
          { code: error.code, reason: error.message },
          "the coordinator can't at present; it is tried again",
        );
        await setTimeout(patienceMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
        patienceMs = Math.min(PATIENCE_MS.longest, 2 * patienceMs);
        continue;
      }
      if (!(error instanceof TributaryError) || !CONNECTION_LOST.includes(error.code)) throw error;
      metrics.errors.inc({ code: error.code });
      log.info(
        { code: error.code, reason: error.message },
        "a transfer was interrupted; it goes on with the next connection",
      );
      await setTimeout(100);
    }
  }
}
