import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { syncFolder } from "@tributary/protocol";
import { packageFolder } from "../package-folder.js";

/** Makes the files, as a process of its own. */
export const makingScript = join(packageFolder, "scripts", "make-database.mjs");
/** Making a database takes 3 s on an idle machine. */
const TIMEOUT_MS = 120_000;

/**
 * Makes an empty database unless there is one. It is made beside its place and renamed, so that a process killed meanwhile,
 * or a loss of power, leaves none or a whole one. When it is called off nothing is left.
 */
export async function makeDatabase(folder: string, signal?: AbortSignal): Promise<void> {
  if (await exists(folder)) return;
  const parent = dirname(folder);
  const unfinished = `${basename(folder)}.unfinished-`;
  for (const name of await readdir(parent))
    if (name.startsWith(unfinished)) await rm(join(parent, name), { recursive: true, force: true });
  // A new name each time: the process of an earlier, killed coordinator may still be writing.
  const made = await mkdtemp(join(parent, unfinished));
  const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL" as const, ...(signal && { signal }) };
  const making = promisify(execFile)(process.execPath, [makingScript, made], limits);
  try {
    await making;
  } catch (error) {
    // It was killed, and may still be there.
    const { pid, exitCode, signalCode } = making.child;
    if (pid !== undefined && exitCode === null && signalCode === null) await once(making.child, "exit");
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  await syncTree(made);
  await rename(made, folder);
  await syncFolder(parent);
}

/** What the process that made the files did not do. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else {
      await using file = await open(path, "r+");
      await file.sync();
    }
  }
  await syncFolder(folder);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
