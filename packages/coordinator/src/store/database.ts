import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TributaryError } from "@tributary/protocol";
import { sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { z } from "zod";
import { packageFolder } from "../package-folder.js";

/** PostgreSQL by whatever driver: embedded, or a server. */
export type Database = PgDatabase<PgQueryResultHKT>;

/** A database whose tables are up to date, and that this process owns. */
export interface OpenDatabase {
  readonly db: Database;
  close(): Promise<void>;
}

const migrationsFolder = join(packageFolder, "migrations");
const journal = z.object({ entries: z.array(z.object({ when: z.number() })) });

/**
 * Brings the tables up to date.
 *
 * @param migrate the migrator of the database's driver: reading and parsing every migration takes it longer than all else, so it
 *   is asked only when there is something to do
 */
export async function migrateWith(db: Database, migrate: (config: { migrationsFolder: string }) => Promise<unknown>) {
  const newest = await newestMigration();
  if ((await newestApplied(db)) !== newest) await migrate({ migrationsFolder });
}

/** When the newest migration of this version was written: names the state of the tables. */
export async function newestMigration(): Promise<number> {
  const text = await readFile(join(migrationsFolder, "meta", "_journal.json"), "utf8");
  return Math.max(...journal.parse(JSON.parse(text)).entries.map(({ when }) => when));
}

/** When the newest migration that the database has was written; undefined for a new database. */
async function newestApplied(db: Database): Promise<number | undefined> {
  const exists = sql<boolean>`to_regclass('drizzle.__drizzle_migrations') is not null`;
  const [there] = await db.select({ exists }).from(sql`(values (1)) as one`);
  if (there?.exists !== true) return undefined;
  const [row] = await db
    .select({ newest: sql<string | null>`max(created_at)` })
    .from(sql`drizzle.__drizzle_migrations`);
  return Number(row?.newest ?? 0);
}

/**
 * Does work on the database.
 *
 * @throws TributaryError `store_failed` with this message, for whatever goes wrong but a TributaryError; `invalid_request` for a text
 *   that PostgreSQL can't hold
 */
export async function guarded<T>(what: string, work: () => Promise<T>, hint?: string): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    if (isUnholdable(cause))
      throw new TributaryError("invalid_request", "a text holds the character NUL, or is no UTF-8", { cause });
    throw new TributaryError("store_failed", what, { cause, ...(hint !== undefined && { hint }) });
  }
}

/** SQLSTATE of a text with a character that the database can't hold: in a column of text, in JSON. */
const UNHOLDABLE: readonly unknown[] = ["22021", "22P05"];

/** The driver's error is the cause of drizzle's. */
function isUnholdable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && UNHOLDABLE.includes(error.code)) || isUnholdable(error.cause);
}
