import { TributaryError } from "../errors.js";
import { CHUNKS_IN_FLIGHT } from "../events.js";
import { type BlobRef, chunkCount, chunkRange } from "./chunks.js";

export interface TransferOptions {
  /** Chunks that may be on their way at once. Default 4. */
  readonly inFlight?: number;
  readonly signal?: AbortSignal;
  /** Told of the bytes that are there. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a download asks and where it goes. */
export interface DownloadEnds {
  /** Asks the other side for chunk `index`. */
  readonly request: (index: number) => Promise<Uint8Array>;
  /** Where the chunks go, in order: a `PartialBlob`. */
  readonly sink: {
    /** The first chunk that is not there yet. */
    readonly nextIndex: number;
    append(index: number, bytes: Uint8Array): Promise<number>;
    /** Verifies the digest. @throws TributaryError `digest_mismatch` */
    finish(): Promise<void>;
  };
}

/**
 * Fetches a blob chunk by chunk, from the first that is missing, with a few requests on their way at once.
 *
 * @throws TributaryError `chunk_invalid` (of the wrong length), `digest_mismatch`, `aborted`, and what the ends throw;
 *   what came before stays at the sink, so that the same call goes on from there
 */
export async function downloadBlob(ref: BlobRef, ends: DownloadEnds, options: TransferOptions = {}): Promise<void> {
  const { request, sink } = ends;
  await inWindow(sink.nextIndex, chunkCount(ref.size), options, request, async (index, bytes) => {
    const { start, end } = chunkRange(ref.size, index);
    if (bytes.byteLength !== end - start)
      throw new TributaryError(
        "chunk_invalid",
        `chunk ${index} has ${bytes.byteLength} bytes, ${end - start} were asked for`,
      );
    await sink.append(index, bytes);
    options.onProgress?.(end, ref.size);
  });
  await sink.finish();
}

/** Starts `begin(index)` for at most `inFlight` indices at once, and settles them in order. */
export async function inWindow<T>(
  first: number,
  count: number,
  { inFlight = CHUNKS_IN_FLIGHT, signal }: TransferOptions,
  begin: (index: number) => Promise<T>,
  settle: (index: number, value: T) => Promise<void>,
): Promise<void> {
  const underWay: Promise<T>[] = [];
  let next = first;
  for (let index = first; index < count; index++) {
    for (; next < count && underWay.length < inFlight; next++) {
      const begun = begin(next);
      // One that fails while an earlier one is awaited, or after it failed, is no unhandled rejection.
      begun.catch(() => undefined);
      underWay.push(begun);
    }
    const value = await underWay.shift();
    if (signal?.aborted) throw new TributaryError("aborted", "the transfer was called off");
    await settle(index, value as T);
  }
}
