import { execFile } from "node:child_process";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("../../scripts/make-database.mjs", import.meta.url));
/** Making a database takes 3 s on an idle machine. */
const TIMEOUT_MS = 120_000;

/**
 * Makes an empty database unless there is one. It is made beside its place and renamed, so that a process killed meanwhile
 * leaves none or a whole one.
 */
export async function makeDatabase(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [script, unfinished], { timeout: TIMEOUT_MS });
  await rename(unfinished, folder);
  const parent = await open(dirname(folder), "r");
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
