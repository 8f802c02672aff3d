import { type ErrorCode, TributaryError } from "@tributary/protocol";

/** What may be gone at the next try. */
const PASSING: readonly ErrorCode[] = ["coordinator_unreachable", "disconnected", "timed_out", "rate_limited"];

export const isPassing = (error: unknown): error is TributaryError =>
  error instanceof TributaryError && PASSING.includes(error.code);

/** Waits, or less when the signal comes. */
export const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
  });
