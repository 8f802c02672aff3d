import { TributaryError } from "@tributary/protocol";

/** @throws TributaryError `aborted` when a start was called off */
export function unlessCalledOff(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw calledOff();
}

/** What a start that was called off ends with. */
export const calledOff = (cause?: unknown): TributaryError =>
  new TributaryError("aborted", "the start was called off", { cause });
