import { createHash } from "node:crypto";

/** SHA-256 (FIPS 180-4), 32 bytes. */
export const digestOf = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** Lower-case hexadecimal digits, two a byte. */
export const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
