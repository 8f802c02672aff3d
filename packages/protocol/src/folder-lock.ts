import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { TributaryError } from "./errors.js";

/** A lock whose holder did not touch it for this long is void, ms. The holder touches it every second. */
const STALE_MS = 5_000;

const ownerSchema = z.object({ pid: z.int(), host: z.string(), process: z.string() });
type Owner = z.output<typeof ownerSchema>;

/** Distinguishes this process from an earlier one with the same number, as in a container that was started again. */
const thisProcess: Owner = { pid: process.pid, host: hostname(), process: randomUUID() };

/**
 * Makes this process the only owner of a folder, until the returned function is called or the process dies. What a
 * dead process of this machine left is taken over at once; a lock from another machine after five silent seconds.
 *
 * @param onLost called when the lock was taken away, because the process was stopped or the clock jumped: write no more
 * @throws TributaryError `data_folder_in_use`
 */
export async function lockFolder(folder: string, onLost: (cause: Error) => void): Promise<() => Promise<void>> {
  const lockPath = join(folder, "lock");
  const ownerPath = join(folder, "owner.json");
  let lost = false;
  const onCompromised = (cause: Error) => {
    lost = true;
    onLost(cause);
  };
  const acquire = () => lock(folder, { lockfilePath: lockPath, stale: STALE_MS, update: 1_000, onCompromised });
  const release = await acquire().catch(async (refusal: unknown) => {
    if (!isLocked(refusal)) throw new TributaryError("file_unreadable", `cannot lock ${folder}`, { cause: refusal });
    const owner = await readOwner(ownerPath);
    if (owner !== undefined && isAlive(owner)) throw inUse(folder, owner, refusal);
    if (owner?.host === thisProcess.host) await rm(lockPath, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, STALE_MS + 500));
    return acquire().catch((cause: unknown) => Promise.reject(inUse(folder, owner, cause)));
  });
  await writeFile(ownerPath, JSON.stringify(thisProcess));
  return async () => {
    if (lost) return;
    await rm(ownerPath, { force: true });
    await release();
  };
}

const isLocked = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ELOCKED";

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether the owner may live: only a process of this machine can be shown to be dead; any other proves it by touching. */
function isAlive(owner: Owner): boolean {
  if (owner.host !== thisProcess.host) return false;
  if (owner.pid === thisProcess.pid) return owner.process === thisProcess.process;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const inUse = (folder: string, owner: Owner | undefined, cause: unknown): TributaryError =>
  new TributaryError(
    "data_folder_in_use",
    owner === undefined ? `${folder} is in use` : `${folder} is in use by process ${owner.pid} on ${owner.host}`,
    { cause },
  );
