import { join } from "node:path";
import type { OpenDatabase } from "./database.js";
import { Store } from "./store.js";

export interface StoreOptions {
  /** The data folder, for the embedded database. */
  readonly folder: string;
  /** A PostgreSQL server instead: `postgres://user:password@host:5432/database`. */
  readonly url?: string | undefined;
  /** Called when another process took the database on a server over, or the disk failed to sync the embedded one. */
  readonly onLost: (cause: Error) => void;
  /** Calls off the making of an embedded database, which takes seconds. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens the store. @throws TributaryError `database_in_use`, `store_failed` */
export const openStore = async (options: StoreOptions): Promise<Store> => new Store(await openDatabase(options));

/** Opens the database and owns it. Only the driver that is used is loaded: the other one would cost a start its time. */
export async function openDatabase({ folder, url, onLost, signal }: StoreOptions): Promise<OpenDatabase> {
  if (url === undefined) {
    const { openPglite } = await import("./open-pglite.js");
    return openPglite(join(folder, "db"), onLost, signal);
  }
  const { openPostgres } = await import("./open-postgres.js");
  return openPostgres(url, onLost);
}
