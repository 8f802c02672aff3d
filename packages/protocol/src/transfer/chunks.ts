import { hex } from "../digest.js";
import { TributaryError } from "../errors.js";
import { CHUNK_BYTES } from "../events.js";
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
