import { TributaryError } from "../errors.js";
import { type BlobRef, chunkCount, chunkRange } from "./chunks.js";
import { inWindow, type TransferOptions } from "./window.js";

/** What an upload reads and to whom it speaks. */
export interface UploadEnds {
  /** Announces the blob; the answer says where to go on. */
  readonly open: () => Promise<{ readonly upload: string; readonly nextIndex: number }>;
  /** Sends one chunk; settles when the other side holds it. */
  readonly send: (upload: string, index: number, bytes: Uint8Array) => Promise<unknown>;
  /** Reads the bytes from `start` up to and without `end`. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

/**
 * Sends a blob chunk by chunk, from the first that the other side lacks, with a few on their way at once.
 *
 * @throws TributaryError `chunk_out_of_range` when the other side asks for what is not there, `aborted`, and what the ends throw
 */
export async function uploadBlob(ref: BlobRef, ends: UploadEnds, options: TransferOptions = {}): Promise<void> {
  const { upload, nextIndex } = await ends.open();
  const count = chunkCount(ref.size);
  if (!Number.isInteger(nextIndex) || nextIndex < 0 || nextIndex > count)
    throw new TributaryError("chunk_out_of_range", `the other side asks for chunk ${nextIndex} among ${count}`);
  const send = async (index: number) => {
    const { start, end } = chunkRange(ref.size, index);
    await ends.send(upload, index, await ends.read(start, end));
    return end;
  };
  await inWindow(nextIndex, count, options, send, async (_, end) => options.onProgress?.(end, ref.size));
}
