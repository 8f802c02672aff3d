import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isMissing, syncFolder, TributaryError } from "@tributary/protocol";
import { guarded, newestMigration } from "../store/database.js";
import { openDatabase } from "../store/open-store.js";
import { collect, readArchive } from "./archive-reader.js";
import { type Manifest, pathOf, tableOf } from "./format.js";
import { checkEmpty, importRows, setCounters } from "./tables.js";

export interface RestoreOptions {
  /** The backup. */
  readonly file: string;
  /** A data folder that is not there yet, or is empty. */
  readonly dataDir: string;
  /** An empty database on a PostgreSQL server, instead of the one in the folder; wherever the backup came from. */
  readonly databaseUrl?: string | undefined;
}

/**
 * Makes a data folder, and the tables of a database, of a backup. Every digest is verified before anything is written; the rows
 * come in one transaction, and the folder appears when all else is done.
 *
 * @throws TributaryError `file_unreadable`, `file_invalid`, `conflict` (the folder or the database is not empty),
 *   `database_in_use`, `store_failed`; then the folder and the database are as before
 */
export async function restore({ file, dataDir, databaseUrl }: RestoreOptions): Promise<Manifest> {
  const target = resolve(dataDir);
  await checkFolder(target);
  const manifest = await readArchive(file, async (_, content) => {
    for await (const part of content) void part;
  });
  if (manifest.migration !== (await newestMigration()))
    throw new TributaryError("file_invalid", `${file} was made by version ${manifest.software}, whose tables differ`, {
      hint: `Restore it with version ${manifest.software}, and start the new version on the restored folder.`,
    });
  await mkdir(dirname(target), { recursive: true });
  const made = await mkdtemp(join(dirname(target), `${basename(target)}.unfinished-`));
  try {
    await fill(file, made, databaseUrl);
    await rmdir(target).catch(() => {});
    await rename(made, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  return manifest;
}

async function fill(file: string, folder: string, url: string | undefined): Promise<void> {
  let lost: Error | undefined;
  const onLost = (cause: Error) => {
    lost = cause;
  };
  const { db, close } = await openDatabase({ folder, url, onLost });
  try {
    await checkEmpty(db);
    await guarded("the rows of the backup cannot be stored", () =>
      db.transaction(async (tx) => {
        await readArchive(file, async (name, content) => {
          const [table, path] = [tableOf(name), pathOf(name)];
          if (table !== undefined) await importRows(tx, table, Buffer.from(await collect(content)).toString());
          else if (path !== undefined) await writeDurably(join(folder, path), content);
        });
        await setCounters(tx);
        if (lost !== undefined) throw lost;
      }),
    );
  } finally {
    await close();
  }
}

async function writeDurably(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "wx", 0o600);
  try {
    for await (const part of content) await file.appendFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

async function checkFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw new TributaryError("file_unreadable", `the folder ${folder} cannot be read`, { cause });
  });
  if (names.length > 0)
    throw new TributaryError("conflict", `${folder} is not empty`, { hint: "Restore into a new folder." });
}
