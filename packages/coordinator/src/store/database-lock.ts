import { setTimeout } from "node:timers/promises";
import { TributaryError } from "@tributary/protocol";
import type { ClientBase } from "pg";
import type { Database } from "./database.js";
import { owner } from "./schema.js";

/** The key of the advisory lock that the owner of a database holds: "trib" in ASCII, and 1. */
const LOCK = [0x74726962, 1];

const PATIENCE_MS = 5_000;
const PAUSE_MS = 100;

/** Who asks for the lock. */
export interface Claimant {
  /** A name that no other process has. */
  readonly process: string;
  /** Whether it owned the database before: then nobody else may have owned it since. */
  readonly again: boolean;
}

/**
 * Takes the lock of the database for as long as this connection lives. A lock that an earlier connection of this process
 * still holds, because the server has not noticed its end, is taken from it.
 *
 * @throws TributaryError `database_in_use`
 */
export async function takeLock(client: ClientBase, { process, again }: Claimant): Promise<void> {
  const name = `tributary ${process}`;
  await client.query("select set_config('application_name', $1, false)", [name]);
  for (const until = performance.now() + PATIENCE_MS; !(await tryLock(client)); await setTimeout(PAUSE_MS)) {
    const holder = await holderOf(client);
    if (performance.now() > until || (holder !== undefined && holder.name !== name)) throw inUse();
    if (holder !== undefined) await client.query("select pg_terminate_backend($1)", [holder.pid]);
  }
  if (again && (await ownerOf(client)) !== process) throw inUse();
}

/** Writes down who owns the database now. Its connection must hold the lock. */
export async function claim(db: Database, process: string): Promise<void> {
  await db.insert(owner).values({ id: 1, process }).onConflictDoUpdate({ target: owner.id, set: { process } });
}

async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1, $2) as taken", LOCK);
  return rows[0]?.taken === true;
}

/** The connection that holds the lock; undefined when it has just let go. */
async function holderOf(client: ClientBase): Promise<{ pid: number; name: string } | undefined> {
  const { rows } = await client.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and classid = $1 and objid = $2 and objsubid = 2 and granted
       and pg_locks.database = (select oid from pg_database where datname = current_database())`,
    LOCK,
  );
  return rows[0];
}

async function ownerOf(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query<{ process: string }>("select process from owner where id = 1");
  return rows[0]?.process;
}

export const inUse = (): TributaryError =>
  new TributaryError("database_in_use", "another coordinator works on this database");
