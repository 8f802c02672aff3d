import { type FileHandle, open } from "node:fs/promises";

/** Writes all of `part`, also where the system takes it in pieces. */
export async function writeFully(file: FileHandle, part: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < part.byteLength; )
    done += (await file.write(part, done, part.byteLength - done, position + done)).bytesWritten;
}

/** A rename is durable when its folder is synced. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
