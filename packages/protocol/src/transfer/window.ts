import { TributaryError } from "../errors.js";
import { CHUNKS_IN_FLIGHT } from "../events.js";
import { chunkCount, largestPieceAt, type Piece } from "./chunks.js";
import { MessageSize } from "./message-size.js";

export interface TransferOptions {
  /** Chunks that may be on their way at once, 1 to 64. Default 8. */
  readonly inFlight?: number;
  readonly signal?: AbortSignal;
  /** What is known of the link. Default: nothing yet. */
  readonly messages?: MessageSize;
  /** Told of the bytes that are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

const MOST_IN_FLIGHT = 64;
/** A message is no more than this part of a blob: a link that turns bad costs no more of a small one than that. */
const MOST_OF_BLOB = 1 / 4;
const LOST: readonly unknown[] = ["disconnected", "timed_out", "message_damaged"];

/**
 * Begins the pieces of a blob of `size` bytes in order, from chunk `first` on, and settles them in order. No more than `inFlight`
 * chunks are begun and not settled, so memory is bounded and the slower side sets the pace.
 *
 * The first failure is thrown at once. What is under way then goes on, and its outcome is dropped.
 *
 * @throws TributaryError `aborted`, also while one is awaited, and what `begin` and `settle` throw
 */
export async function inWindow<T>(
  first: number,
  size: number,
  { inFlight = CHUNKS_IN_FLIGHT, signal, messages = new MessageSize() }: TransferOptions,
  begin: (piece: Piece) => Promise<T>,
  settle: (piece: Piece, value: T) => Promise<void>,
): Promise<void> {
  const width = Math.min(Math.max(1, Math.trunc(inFlight) || 1), MOST_IN_FLIGHT);
  const count = chunkCount(size);
  const most = Math.min(width, Math.max(1, Math.floor(count * MOST_OF_BLOB)));
  const underWay: { readonly piece: Piece; readonly begun: Promise<T> }[] = [];
  let settled = first;
  let next = first;
  using aborted = abortion(signal);
  while (settled < count) {
    aborted.check();
    while (next < count) {
      const piece = largestPieceAt(size, next, Math.min(most, messages.chunks));
      if (next + piece.count - settled > width) break;
      const begun = timed(piece, begin, messages);
      // One that fails while an earlier one is awaited, or after it failed, is no unhandled rejection.
      begun.catch(() => undefined);
      underWay.push({ piece, begun });
      next += piece.count;
    }
    const oldest = underWay.shift();
    if (oldest === undefined) return;
    await settle(oldest.piece, await Promise.race([oldest.begun, aborted.promise]));
    settled += oldest.piece.count;
  }
}

/** Tells how a piece fared to those who choose the size of the next. */
async function timed<T>(piece: Piece, begin: (piece: Piece) => Promise<T>, messages: MessageSize): Promise<T> {
  const began = performance.now();
  try {
    const value = await begin(piece);
    messages.answered(piece.end - piece.start, performance.now() - began);
    return value;
  } catch (error) {
    if (error instanceof TributaryError && LOST.includes(error.code)) messages.failed();
    throw error;
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
