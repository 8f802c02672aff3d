import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { TributaryError } from "@tributary/protocol";

/** Content as a hexadecimal SHA-256. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Reads a file whose size and digest are known.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file
 */
export async function readVerified(
  path: string,
  expected: { readonly bytes: number; readonly sha256: string },
): Promise<Uint8Array> {
  const bytes = await readBounded(path, expected.bytes);
  if (bytes.byteLength !== expected.bytes || sha256(bytes) !== expected.sha256)
    throw new TributaryError("file_invalid", `${path} is not the file that its checksum names`);
  return bytes;
}

/** Reads a file of at most `maxBytes`. @throws TributaryError `file_unreadable`, `file_invalid` naming the file */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new TributaryError("file_invalid", `${path} has ${size} bytes, ${maxBytes} at most`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  }
}
