import { TributaryError } from "../errors.js";
import { CHUNKS_IN_FLIGHT } from "../events.js";

export interface TransferOptions {
  /** Chunks that may be on their way at once, 1 to 64. Default 4. */
  readonly inFlight?: number;
  readonly signal?: AbortSignal;
  /** Told of the bytes that are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

const MOST_IN_FLIGHT = 64;

/**
 * Begins `begin(index)` in order for the indices from `first` up to and without `count`, and settles them in order. No more
 * than `inFlight` are begun and not settled, so memory is bounded and the slower side sets the pace.
 *
 * The first failure is thrown at once. What is under way then goes on, and its outcome is dropped.
 *
 * @throws TributaryError `aborted`, also while one is awaited, and what `begin` and `settle` throw
 */
export async function inWindow<T>(
  first: number,
  count: number,
  { inFlight = CHUNKS_IN_FLIGHT, signal }: TransferOptions,
  begin: (index: number) => Promise<T>,
  settle: (index: number, value: T) => Promise<void>,
): Promise<void> {
  const width = Math.min(Math.max(1, Math.trunc(inFlight) || 1), MOST_IN_FLIGHT);
  const underWay: Promise<T>[] = [];
  let next = first;
  using aborted = abortion(signal);
  for (let index = first; index < count; index++) {
    aborted.check();
    for (; next < count && underWay.length < width; next++) {
      const begun = begin(next);
      // One that fails while an earlier one is awaited, or after it failed, is no unhandled rejection.
      begun.catch(() => undefined);
      underWay.push(begun);
    }
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    await settle(index, await Promise.race([oldest, aborted.promise]));
  }
}

/** An AbortSignal as a promise that never resolves, and rejects when it is aborted. */
function abortion(signal: AbortSignal | undefined): Disposable & { check(): void; readonly promise: Promise<never> } {
  let stop: () => void = () => undefined;
  const error = () => new TributaryError("aborted", "the transfer was called off");
  const promise = new Promise<never>((_, reject) => {
    stop = () => reject(error());
  });
  promise.catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  return {
    promise,
    check() {
      if (signal?.aborted) throw error();
    },
    [Symbol.dispose]: () => signal?.removeEventListener("abort", stop),
  };
}
