import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { TributaryError } from "@tributary/protocol";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { guarded, migrateWith, type OpenDatabase } from "./database.js";
import { claim, inUse, takeLock } from "./database-lock.js";

/** How long to wait for a connection, or for one's turn on it, ms. */
const CONNECT_MS = 30_000;
/** How long the server may take for one statement before its connection counts as dead, ms. */
const STATEMENT_MS = 60_000;
/** How long the server may take to let go of a connection, ms. */
const CLOSE_MS = 5_000;
/** How often a lost connection is tried again, ms. */
const RETRY_MS = 1_000;

const HINT = "Check that the server of DATABASE_URL runs and lets this user in; what is in doubt is tried again.";

/**
 * Connects to a database on a PostgreSQL server, and makes this process its owner. All work goes over one connection, the one
 * that holds the lock: without the lock nothing can be written, also when only that connection is lost. A lost connection is
 * made again when it is needed, and every second; it counts only when the lock could be taken again and nobody else had it.
 *
 * @param url `postgres://user:password@host:5432/database`. It holds a secret: it is in no message and no log
 * @param onLost called when another process took the database over: write no more
 * @throws TributaryError `database_in_use`, `store_failed`
 */
export async function openPostgres(url: string, onLost: (cause: Error) => void): Promise<OpenDatabase> {
  const config = { connectionString: checkUrl(url), max: 1, idleTimeoutMillis: 0, keepAlive: true };
  const process = randomUUID();
  let phase: "opening" | "open" | "lost" | "closed" = "opening";
  const own = async (client: pg.ClientBase) => {
    if (phase === "lost") throw inUse();
    try {
      await takeLock(client, { process, again: phase === "open" });
    } catch (error) {
      if (phase === "open" && error instanceof TributaryError) {
        phase = "lost";
        onLost(error);
      }
      throw error;
    }
  };
  const timeouts = { connectionTimeoutMillis: CONNECT_MS, query_timeout: STATEMENT_MS };
  const pool = new pg.Pool({ ...config, ...timeouts, onConnect: own });
  // A connection that breaks while nothing is asked of it. Nothing is lost but, perhaps, the lock.
  pool.on("error", async () => {
    while (phase === "open") {
      try {
        await pool.query("select 1");
        return;
      } catch {
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
  });
  return guarded(
    "the database cannot be opened",
    async () => {
      try {
        await pool.query("select 1");
        const db = drizzle(pool);
        await migrateWith(db, (config) => migrate(db, config));
        await claim(db, process);
        phase = "open";
        return { db, close: closeOf(pool, () => (phase = "closed")) };
      } catch (error) {
        await endOf(pool);
        throw error;
      }
    },
    HINT,
  );
}

/** Closing a second time does nothing. */
function closeOf(pool: pg.Pool, onClose: () => void): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    onClose();
    closing ??= endOf(pool);
    return closing;
  };
}

/** Ends the connection, and waits until the server has let go of it: the lock is free then. The pool itself only waits until it has said so. */
async function endOf(pool: pg.Pool): Promise<void> {
  // A connection that is dead need not come to an end.
  const gone = pool.totalCount > 0 && once(pool, "remove", { signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => {});
  await pool.end();
  await gone;
}

/** The reason is not told: it would hold the address, and with it the password. */
function checkUrl(url: string): string {
  if (URL.canParse(url) && ["postgres:", "postgresql:"].includes(new URL(url).protocol)) return url;
  throw new TributaryError("store_failed", "the address of the database cannot be read", {
    hint: "Give it as postgres://user:password@host:5432/database; write special characters of a password as %40.",
  });
}
