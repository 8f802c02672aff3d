import { TributaryError } from "@tributary/protocol";
import { getTableName, is, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { z } from "zod";
import type { Database } from "../store/database.js";
import * as schema from "../store/schema.js";

/** Rows that are fetched at once. A job's row may hold a graph of megabytes. */
const ROWS_AT_ONCE = 100;
/** A part of a table ends when it is as long as this, bytes. */
const PART_BYTES = 2 * 1024 * 1024;

/** Every table but `owner`, which says who has the database open; those that others refer to come first. */
const tables: readonly PgTable[] = Object.values(schema)
  .flatMap((value) => (is(value, PgTable) && value !== schema.owner ? [value] : []))
  .sort((a, b) => referencesOf(a) - referencesOf(b));

function referencesOf(table: PgTable): number {
  return getTableConfig(table).foreignKeys.length;
}

const fetched = z.object({ rows: z.array(z.object({ row: z.string() })) });

/**
 * Reads all tables as PostgreSQL writes rows in JSON, which it also reads: no number and no time is rounded on the way.
 *
 * @param onPart is given rows of a table, a line each; its first part is number 1. A table without rows has none
 */
export async function exportTables(
  db: Database,
  onPart: (table: string, part: number, lines: Buffer) => Promise<void>,
): Promise<void> {
  await db.transaction(
    async (tx) => {
      for (const table of tables) {
        const name = getTableName(table);
        await tx.execute(sql`declare backup no scroll cursor for select to_jsonb(t)::text as row from ${table} t`);
        let lines: string[] = [];
        let bytes = 0;
        let part = 0;
        const flush = async () => {
          if (lines.length > 0) await onPart(name, ++part, Buffer.from(lines.join("")));
          lines = [];
          bytes = 0;
        };
        for (;;) {
          const { rows } = fetched.parse(await tx.execute(sql`fetch ${sql.raw(String(ROWS_AT_ONCE))} from backup`));
          if (rows.length === 0) break;
          for (const { row } of rows) {
            lines.push(`${row}\n`);
            bytes += row.length;
            if (bytes >= PART_BYTES) await flush();
          }
        }
        await flush();
        await tx.execute(sql`close backup`);
      }
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

/** @throws TributaryError `conflict` when a table has rows */
export async function checkEmpty(db: Database): Promise<void> {
  for (const table of tables)
    if ((await db.select({ one: sql`1` }).from(table).limit(1)).length > 0)
      throw new TributaryError("conflict", `the database is not empty: it has ${getTableName(table)}`, {
        hint: "Restore into a new database.",
      });
}

/** Puts rows into a table, as `exportTables` gave them. @throws TributaryError `file_invalid` when there is no such table */
export async function importRows(db: Pick<Database, "execute">, name: string, lines: string): Promise<void> {
  const table = tables.find((candidate) => getTableName(candidate) === name);
  if (table === undefined)
    throw new TributaryError("file_invalid", `the backup has a table "${name}", which is unknown`);
  const rows = `[${lines.trimEnd().replaceAll("\n", ",")}]`;
  await db.execute(sql`insert into ${table} select * from jsonb_populate_recordset(null::${table}, ${rows}::jsonb)`);
}

/** New jobs are numbered after those that were restored. */
export async function setCounters(db: Pick<Database, "execute">): Promise<void> {
  const { jobs } = schema;
  await db.execute(
    sql`select setval(pg_get_serial_sequence('jobs', 'position'), (select coalesce(max(${jobs.position}), 0) + 1 from ${jobs}), false)`,
  );
}
