import { TributaryError } from "../errors.js";
import type { BlobRef, Piece } from "./chunks.js";
import { inWindow, type TransferOptions } from "./window.js";

/** What a download asks and where it goes. */
export interface DownloadEnds {
  /** Asks the other side for `count` chunks from `index` on; at the end of the blob there are fewer. */
  readonly request: (index: number, count: number) => Promise<Uint8Array>;
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
 * Fetches a blob, from the first chunk that is missing, with a few requests on their way at once.
 *
 * @throws TributaryError `chunk_invalid` (of the wrong length), `digest_mismatch`, `aborted`, and what the ends throw;
 *   what came before stays at the sink, so that the same call goes on from there
 */
export async function downloadBlob(ref: BlobRef, ends: DownloadEnds, options: TransferOptions = {}): Promise<void> {
  const { request, sink } = ends;
  const ask = ({ index, count }: Piece) => request(index, count);
  await inWindow(sink.nextIndex, ref.size, options, ask, async ({ index, start, end }, bytes) => {
    if (bytes.byteLength !== end - start)
      throw new TributaryError(
        "chunk_invalid",
        `${bytes.byteLength} bytes came from chunk ${index} on, ${end - start} were asked for`,
      );
    await sink.append(index, bytes);
    options.onProgress?.(end, ref.size);
  });
  await sink.finish();
}
