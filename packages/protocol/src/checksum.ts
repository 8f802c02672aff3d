import { crc32 } from "node:zlib";

/**
 * CRC-32 (ISO 3309, as in zlib) of what a message is for, and of the CRC-32 of the message. TCP's own checksum misses some of what
 * networks damage, and where TLS is not spoken nothing else would notice a number that changed on its way. It keeps nobody
 * from changing messages on purpose; that is TLS's part.
 *
 * @param purpose binds a message to what it answers, so that an answer to one request is not taken for that of another
 */
export const checksum = (purpose: string, bytes: Uint8Array): number => boundChecksum(purpose, contentChecksum(bytes));

/** The same, of a message whose `contentChecksum` is known: who sends the same bytes to many makes that once. */
export function boundChecksum(purpose: string, content: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(content);
  return crc32(bytes, crc32(purpose));
}

/** CRC-32 of the bytes alone. */
export const contentChecksum = (bytes: Uint8Array): number =>
  // Of nothing, zlib gives 0 or its start, as the memory happens to lie.
  bytes.byteLength === 0 ? 0 : crc32(bytes);
