import { digestOf, hex } from "../digest.js";
import { stream } from "../random.js";
import { type BlobRef, chunkRange } from "../transfer/chunks.js";

const random = stream(1, "content");

/** So many random bytes. */
export const content = (size: number): Uint8Array =>
  new Uint8Array(Uint32Array.from({ length: Math.ceil(size / 4) }, random.uint32).buffer).slice(0, size);

export const refOf = (bytes: Uint8Array): BlobRef => ({ digest: hex(digestOf(bytes)), size: bytes.byteLength });

/** Chunk `index` of these bytes. */
export function chunkOf(bytes: Uint8Array, index: number): Uint8Array {
  const { start, end } = chunkRange(bytes.byteLength, index);
  return bytes.subarray(start, end);
}
