import { createHash } from "node:crypto";
import { constants, type FileHandle, open } from "node:fs/promises";
import { TributaryError } from "@tributary/protocol";

/** Content as a hexadecimal SHA-256. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What is known of a file: its size, and a digest, hexadecimal. SHA-1 is for files of which no other is published. */
export type Checksum = { readonly bytes: number } & ({ readonly sha256: string } | { readonly sha1: string });

/**
 * Reads a file whose size and digest are known.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file
 */
export async function readVerified(path: string, expected: Checksum): Promise<Uint8Array> {
  const bytes = await readBounded(path, expected.bytes);
  const [algorithm, digest] = "sha256" in expected ? ["sha256", expected.sha256] : ["sha1", expected.sha1];
  if (bytes.byteLength !== expected.bytes || createHash(algorithm).update(bytes).digest("hex") !== digest)
    throw new TributaryError("file_invalid", `${path} is not the file that its checksum names`);
  return bytes;
}

/**
 * Reads a regular file of at most `maxBytes`: a device would never end, and a pipe would never begin.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new TributaryError("file_invalid", `${path} is no regular file`);
    if (stats.size > maxBytes)
      throw new TributaryError("file_invalid", `${path} has ${stats.size} bytes, ${maxBytes} at most`);
    return await readBytes(handle, stats.size);
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  } finally {
    await handle?.close();
  }
}

/** `length` bytes from `start` on, or fewer when the file became shorter. */
export async function readBytes(handle: FileHandle, length: number, start = 0): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, Math.min(length - filled, 2 ** 30), start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
