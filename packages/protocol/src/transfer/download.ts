import { TributaryError } from "../errors.js";
import { type BlobRef, chunkCount, chunkRange } from "./chunks.js";
import { inWindow, type TransferOptions } from "./window.js";

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
