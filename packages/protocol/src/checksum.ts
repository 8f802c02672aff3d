import { crc32 } from "node:zlib";

/**
 * CRC-32 (ISO 3309, as in zlib) of a message and of what it is for. TCP's own checksum misses some of what networks damage, and
 * where TLS is not spoken nothing else would notice a number that changed on its way. It keeps nobody from changing messages
 * on purpose; that is TLS's part.
 */
export function checksum(purpose: string, bytes: Uint8Array): number {
  const start = crc32(purpose);
  // Of nothing, zlib gives 0 or its start, as the memory happens to lie.
  return bytes.byteLength === 0 ? start : crc32(bytes, start);
}
