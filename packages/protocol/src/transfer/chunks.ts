import { hex } from "../digest.js";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES, CHUNKS_PER_MESSAGE } from "../events.js";
import type { v1 } from "../proto.js";

/** Content named by its digest. */
export interface BlobRef {
  /** SHA-256, 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** In how many chunks a blob travels. An empty blob has none. */
export const chunkCount = (size: number): number => Math.ceil(size / CHUNK_BYTES);

/**
 * Which bytes chunk `index`, from 0, holds: from `start` up to and without `end`.
 * @throws TributaryError `chunk_out_of_range`
 */
export function chunkRange(size: number, index: number): { readonly start: number; readonly end: number } {
  if (!Number.isInteger(index) || index < 0 || index >= chunkCount(size))
    throw new TributaryError("chunk_out_of_range", `there is no chunk ${index} among ${chunkCount(size)}`);
  const start = index * CHUNK_BYTES;
  return { start, end: Math.min(size, start + CHUNK_BYTES) };
}

/** Chunks that one message carries: `count` from `index` on, fewer at the end of the blob. */
export interface Piece {
  readonly index: number;
  readonly count: number;
  /** Which bytes they hold: from `start` up to and without `end`. */
  readonly start: number;
  readonly end: number;
}

/**
 * The piece of a download that begins at chunk `index`. There are few ways to cut a blob, so that those who send it keep few of
 * its pieces: `count` is a power of two, `index` a multiple of it.
 * @throws TributaryError `chunk_out_of_range`
 */
export function pieceAt(size: number, index: number, count: number): Piece {
  const { start } = chunkRange(size, index);
  const isPower = count >= 1 && Number.isInteger(Math.log2(count));
  if (!isPower || count > CHUNKS_PER_MESSAGE || index % count !== 0)
    throw new TributaryError("chunk_out_of_range", `no message carries ${count} chunks from chunk ${index} on`);
  return { index, count, start, end: Math.min(size, start + count * CHUNK_BYTES) };
}

/** The largest piece that begins at chunk `index` and has `most` chunks at most. */
export function largestPieceAt(size: number, index: number, most: number): Piece {
  let count = 1;
  while (2 * count <= most && index % (2 * count) === 0) count *= 2;
  return pieceAt(size, index, count);
}

/**
 * How many chunks came, from chunk `index` on, in so many bytes.
 * @throws TributaryError `chunk_out_of_range`, `chunk_invalid` (no whole chunks, or too many)
 */
export function chunksIn(size: number, index: number, bytes: number): number {
  const { start } = chunkRange(size, index);
  const count = chunkCount(bytes);
  const isWhole = bytes === count * CHUNK_BYTES || start + bytes === size;
  if (count < 1 || count > CHUNKS_PER_MESSAGE || !isWhole || start + bytes > size)
    throw new TributaryError("chunk_invalid", `${bytes} bytes came from chunk ${index} on: they are no whole chunks`);
  return count;
}

/** @throws TributaryError `invalid_message` when the digest is not 32 bytes or the size is no count of bytes */
export function blobRefOf(message: v1.BlobRef.$Properties | null | undefined): BlobRef {
  const { digest, size } = message ?? {};
  if (digest?.byteLength !== 32) throw new TributaryError("invalid_message", "a blob is named by a digest of 32 bytes");
  if (!Number.isSafeInteger(size) || (size ?? 0) < 0)
    throw new TributaryError("invalid_message", "a blob's size is a count of bytes");
  return { digest: hex(digest), size: size ?? 0 };
}

/** The other way: what travels. */
export const wireBlobRef = ({ digest, size }: BlobRef) => ({ digest: Buffer.from(digest, "hex"), size });
