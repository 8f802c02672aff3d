import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { guarded, migrateWith, type OpenDatabase } from "./database.js";
import { makeDatabase } from "./make-database.js";
import { postgresModule } from "./postgres-module.js";
import { SyncedFiles } from "./synced-files.js";

/** A coordinator's tables are small: the usual cache of 128 MiB would be memory for nothing. */
const settings = ["shared_buffers=8MB"];

/** PGlite turns syncing off by `-F`. Emscripten's fdatasync does nothing, its fsync is that of `SyncedFiles`. */
const startParams = [...PGlite.defaultStartParams.filter((param) => param !== "-F"), "-c", "wal_sync_method=fsync"];

/**
 * Opens the embedded PostgreSQL in a folder, and makes it when it is not there. Who owns the folder owns the database. What
 * was committed is on the disk.
 *
 * @param onLost called when the disk failed to sync it: nothing can be asked or written any more, until it is opened again
 * @param signal calls off the making of it
 * @throws TributaryError `store_failed`
 */
export function openPglite(
  folder: string,
  onLost: (cause: Error) => void,
  signal?: AbortSignal,
): Promise<OpenDatabase> {
  return guarded("the database cannot be opened", async () => {
    await makeDatabase(folder, signal);
    using _ = awake();
    const client = await PGlite.create({
      ...{ fs: new SyncedFiles(folder, onLost), startParams, postgresqlconf: settings },
      pgliteWasmModule: await postgresModule(),
    });
    try {
      const db = drizzle(client);
      await migrateWith(db, (config) => migrate(db, config));
      return { db, close: () => client.close() };
    } catch (error) {
      await client.close();
      throw error;
    }
  });
}

/**
 * Something for the event loop to wait for. PostgreSQL starts without any, and Node then waits until V8 has optimised what runs,
 * 100 to 400 ms, before it goes on.
 */
function awake(): Disposable {
  const timer = setInterval(() => {}, 60_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
