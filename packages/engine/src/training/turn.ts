import { setImmediate } from "node:timers/promises";
import { TributaryError } from "@tributary/protocol";

/**
 * Lets the event loop take a turn between two batches, so that messages get through, an abort among them.
 * @throws TributaryError `aborted`
 */
export async function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  throwIfAborted(signal);
}

/** @throws TributaryError `aborted` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new TributaryError("aborted", "the work was called off", { cause: signal.reason });
}
