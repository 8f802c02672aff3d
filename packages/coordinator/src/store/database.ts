import { fileURLToPath } from "node:url";
import { TributaryError } from "@tributary/protocol";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";

/** PostgreSQL by whatever driver: embedded, or a server. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** A database whose tables are up to date, and that this process owns. */
export interface OpenDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

/** What `drizzle-orm` needs to bring tables up to date: the same for every driver. */
export const migrations = { migrationsFolder: fileURLToPath(new URL("../../migrations", import.meta.url)) };

/**
 * Does work on the database.
 *
 * @throws TributaryError `store_failed` with this message, for whatever goes wrong but a TributaryError
 */
export async function guarded<T>(what: string, work: () => Promise<T>, hint?: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw new TributaryError("store_failed", what, { cause, ...(hint !== undefined && { hint }) });
  }
}
