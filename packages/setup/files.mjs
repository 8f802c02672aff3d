import { readdirSync, statSync } from "node:fs";
import { link, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * @param {string} folder
 * @returns {number} bytes below it; 0 when there is none
 */
export function folderSize(folder) {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += folderSize(path);
      else if (entry.isFile()) bytes += statSync(path).size;
    }
  } catch {
    // It is being written to: what vanished does not count.
  }
  return bytes;
}

/**
 * Makes a folder appear complete or not at all, even when two processes make it at a time.
 *
 * @param {string} folder
 * @param {(draft: string) => Promise<void>} fill writes the contents
 */
export async function makeFolder(folder, fill) {
  const draft = `${folder}.${process.pid}.draft`;
  await mkdir(draft, { recursive: true });
  try {
    await fill(draft);
    await rename(draft, folder).catch(async (error) => {
      // Another process was faster, and what it made is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Puts a file at a second place without a copy: the same bytes on one disk, a symbolic link across two.
 *
 * @param {string} from absolute
 * @param {string} to replaced if it is there
 */
export async function share(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  await link(from, to).catch(() => symlink(from, to));
}
