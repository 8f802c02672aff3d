import { crc32 } from "node:zlib";

/**
 * CRC-32 (ISO 3309, as in zlib) of what a message is for, and of the CRC-32 of the message. TCP's own checksum misses some of what
 * networks damage, and where TLS is not spoken nothing else would notice a number that changed on its way. It keeps nobody
 * from changing messages on purpose; that is TLS's part.
 *
 * @param purpose binds a message to what it answers, so that an answer to one request is not taken for that of another
 * @param inner `contentChecksum` of the message: who sends the same bytes to many makes it once
 */
export function checksum(purpose: string, bytes: Uint8Array, inner = contentChecksum(bytes)): number {
  const bytesOfInner = Buffer.alloc(4);
  bytesOfInner.writeUInt32LE(inner);
  return crc32(bytesOfInner, crc32(purpose));
}

/** CRC-32 of the bytes alone. */
export const contentChecksum = (bytes: Uint8Array): number =>
  // Of nothing, zlib gives 0 or its start, as the memory happens to lie.
  bytes.byteLength === 0 ? 0 : crc32(bytes);
