import { TributaryError } from "../errors.js";
import { type BlobRef, chunkCount, type Piece } from "./chunks.js";
import { inWindow, type TransferOptions } from "./window.js";

/** What an upload reads and to whom it speaks. */
export interface UploadEnds {
  /** Announces the blob; the answer says where to go on. */
  readonly open: () => Promise<{ readonly upload: string; readonly nextIndex: number }>;
  /** Sends chunks that stand one behind the other, from `index` on; settles when the other side holds them. */
  readonly send: (upload: string, index: number, bytes: Uint8Array) => Promise<unknown>;
  /** Reads the bytes from `start` up to and without `end`. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

/**
 * Sends a blob, from the first chunk that the other side lacks, with a few messages on their way at once.
 *
 * @throws TributaryError `chunk_out_of_range` when the other side asks for what is not there, `aborted`, and what the ends throw
 */
export async function uploadBlob(ref: BlobRef, ends: UploadEnds, options: TransferOptions = {}): Promise<void> {
  const { upload, nextIndex } = await ends.open();
  const count = chunkCount(ref.size);
  if (!Number.isInteger(nextIndex) || nextIndex < 0 || nextIndex > count)
    throw new TributaryError("chunk_out_of_range", `the other side asks for chunk ${nextIndex} among ${count}`);
  const send = async ({ index, start, end }: Piece) => ends.send(upload, index, await ends.read(start, end));
  await inWindow(nextIndex, ref.size, options, send, async ({ end }) => options.onProgress?.(end, ref.size));
}
