import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder, TributaryError } from "@tributary/protocol";
import { newestMigration } from "../store/database.js";
import { openDatabase } from "../store/open-store.js";
import { software } from "../version.js";
import { ArchiveWriter } from "./archive-writer.js";
import { partName } from "./format.js";
import { exportTables } from "./tables.js";

export interface BackupOptions {
  /** The backup: a tar. It is for its owner only (mode 0600), because it holds the tokens. */
  readonly file: string;
  /** The coordinator's data folder. */
  readonly dataDir: string;
  /** Its database, when that is on a PostgreSQL server. */
  readonly databaseUrl?: string | undefined;
}

/** What a backup holds. */
export interface BackupSummary {
  readonly files: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** Parts of tables. */
  readonly tableParts: number;
}

/** What is made again at each start, or holds the rows that the tables have. */
const LEFT_OUT = /^(?:db(?:\.unfinished-.*)?|lock|owner\.json|blobs\/temporary)$/;

/**
 * Writes everything that a stopped coordinator keeps into one file.
 *
 * @throws TributaryError `data_folder_in_use`, `database_in_use` (it runs), `conflict` (the file is there already),
 *   `file_unreadable`, `store_failed`; then no file is left
 */
export async function backup({ file, dataDir, databaseUrl }: BackupOptions): Promise<BackupSummary> {
  if (await exists(file))
    throw new TributaryError("conflict", `${file} is there already`, { hint: "Choose another name." });
  if (!(await exists(databaseUrl === undefined ? join(dataDir, "db") : dataDir)))
    throw new TributaryError("file_unreadable", `${dataDir} is no data folder of a coordinator`);
  let lost: Error | undefined;
  const onLost = (cause: Error) => {
    lost = cause;
  };
  const unlock = await lockFolder(dataDir, onLost);
  try {
    const { db, close } = await openDatabase({ folder: dataDir, url: databaseUrl, onLost });
    const archive = new ArchiveWriter(file);
    try {
      const summary = { files: 0, bytes: 0, tableParts: 0 };
      await exportTables(db, async (table, part, lines) => {
        await archive.add(partName(table, part), lines.byteLength, [lines]);
        summary.tableParts += 1;
      });
      for await (const path of filesOf(dataDir, "")) {
        const { size } = await stat(join(dataDir, path));
        await archive.add(`files/${path}`, size, createReadStream(join(dataDir, path)));
        summary.files += 1;
        summary.bytes += size;
      }
      if (lost !== undefined) throw lost;
      const createdAt = new Date().toISOString();
      const migration = await newestMigration();
      await archive.finish({ format: "tributary-backup", version: 1, software, createdAt, migration });
      return summary;
    } catch (error) {
      await archive.discard();
      throw error;
    } finally {
      await close();
    }
  } finally {
    await unlock();
  }
}

/** Paths of the files to keep, folder after folder, in the order of their names. */
async function* filesOf(root: string, folder: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (LEFT_OUT.test(path)) continue;
    if (entry.isDirectory()) yield* filesOf(root, path);
    else if (entry.isFile()) yield path;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
