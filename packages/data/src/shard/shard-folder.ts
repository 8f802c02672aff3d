import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { filesOfShard } from "./read-manifest.js";

/**
 * Refuses a place where a shard must not be written: all but no folder, an empty one, and one that holds a shard and nothing else.
 * @throws TributaryError `file_unreadable` naming the folder
 */
export async function refuseForeignFolder(target: string): Promise<void> {
  const refuse = (what: string, cause?: unknown) =>
    new TributaryError("file_unreadable", `${target} ${what}`, { cause, hint: "Choose another folder, or empty it." });
  const stats = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw refuse("cannot be looked at", error);
  });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw refuse("is no folder");
  const held = await readdir(target).catch((error) => Promise.reject(refuse("cannot be read", error)));
  if (held.length === 0) return;
  const own = await filesOfShard(target).catch((cause) =>
    Promise.reject(refuse("holds something that is no shard", cause)),
  );
  const other = held.find((name) => !own.includes(name));
  if (other !== undefined) throw refuse(`holds a shard, but also ${other.slice(0, 100)}`);
}

/**
 * Puts a folder with these files in the place of `target`. The folder appears whole: it is written beside it and renamed. Only
 * its owner may read it.
 */
export async function replaceFolder(target: string, files: ReadonlyMap<string, Uint8Array | string>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const fresh = join(temporary, "new");
    await mkdir(fresh, { mode: 0o700 });
    for (const [name, content] of files) await writeFile(join(fresh, name), content);
    await swap(fresh, target, join(temporary, "old"));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function swap(fresh: string, target: string, old: string): Promise<void> {
  const held = await rename(target, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  try {
    await rename(fresh, target);
  } catch (error) {
    if (held) await rename(old, target);
    throw error;
  }
}
