import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateFolder } from "./folders.mjs";

/** @typedef {import("./report.mjs").Report} Report */

/** A lock without a number is one that is being written, for so long. */
const UNSIGNED_MS = 5_000;

const lockFile = join(stateFolder, "setup.lock");

/**
 * One set-up of a clone at a time: a coordinator and workers may be started in several terminals at once.
 *
 * @template T
 * @param {Report} report
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function whileLocked(report, body) {
  await mkdir(stateFolder, { recursive: true });
  if (!(await take())) {
    await report.step("another set-up is running", async () => {
      while (!(await take())) await sleep(200);
      return { said: "finished" };
    });
  }
  try {
    return await body();
  } finally {
    await rm(lockFile, { force: true });
  }
}

/** @returns {Promise<boolean>} false while a living process has the lock */
async function take() {
  try {
    await writeFile(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (await isStale()) await rm(lockFile, { force: true });
    return false;
  }
}

/** @returns {Promise<boolean>} its owner died with it, or before it had written its number */
async function isStale() {
  const facts = await stat(lockFile).catch(() => undefined);
  const owner = Number(await readFile(lockFile, "utf8").catch(() => ""));
  if (owner > 0) return !isAlive(owner);
  return facts !== undefined && Date.now() - facts.mtimeMs > UNSIGNED_MS;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
