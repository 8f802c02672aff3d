import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import type { ProjectFile } from "./project-files.js";

/** @throws TributaryError `conflict` naming the files that are there */
export async function refuseOverwriting(folder: string, paths: readonly string[]): Promise<void> {
  const found: string[] = [];
  for (const path of paths) if (await isThere(join(folder, path))) found.push(path);
  if (found.length > 0)
    throw new TributaryError("conflict", `${folder} has ${found.join(", ")} already; nothing was written`, {
      hint: "Name another folder, or replace these files with --force.",
    });
}

/**
 * Writes a project's files, and makes its folder.
 * @param force whether files that are there are replaced
 * @throws TributaryError `file_unreadable`
 */
export async function writeProject(folder: string, files: readonly ProjectFile[], force: boolean): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { path, content } of files) await writeFile(join(folder, path), content, { flag: force ? "w" : "wx" });
  } catch (cause) {
    throw new TributaryError("file_unreadable", `the project cannot be written to ${folder}`, { cause });
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
