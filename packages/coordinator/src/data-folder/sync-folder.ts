import { open } from "node:fs/promises";

/** Makes the names in a folder durable, after a file was made or renamed in it. */
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
