import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TributaryError } from "../errors.js";
import type { ByteSource } from "../parameters/byte-source.js";

/** A file as something that bytes are read from. */
export const fileSource = (file: FileHandle): Pick<ByteSource, "readInto"> => ({
  readInto: async (target, position) => (await file.read(target, 0, target.byteLength, position)).bytesRead,
});

/** Writes all of `part`, also where the system takes it in pieces. */
export async function writeFully(file: FileHandle, part: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < part.byteLength; )
    done += (await file.write(part, done, part.byteLength - done, position + done)).bytesWritten;
}

/** Makes the names in a folder durable, after a rename. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder as a file; NTFS journals renames by itself.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder and those above it, unless they are there. Their names are durable when it settles. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, ...(mode !== undefined && { mode }) });
  if (first === undefined) return;
  for (let made = resolve(path); ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first)) return;
  }
}

const FULL: readonly unknown[] = ["ENOSPC", "EDQUOT"];

/** Does something with the disk; what the system throws becomes `disk_full`, or `store_failed` (read-only, gone). */
export async function storing<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    const code = cause instanceof Error && "code" in cause && FULL.includes(cause.code) ? "disk_full" : "store_failed";
    throw new TributaryError(code, `${what} failed`, { cause });
  }
}

/** Whether there is no such file or folder. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
