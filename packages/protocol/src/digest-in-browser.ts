import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** SHA-256 (FIPS 180-4), 32 bytes. */
export const digestOf = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** Lower-case hexadecimal digits, two a byte. */
export const hex = (bytes: Uint8Array): string => bytesToHex(bytes);
