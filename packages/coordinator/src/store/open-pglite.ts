import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import { guarded, migrateWith, type OpenDatabase } from "./database.js";
import { makeDatabase } from "./make-database.js";

/** A coordinator's tables are small: the usual cache of 128 MiB would be memory for nothing. */
const settings = ["shared_buffers=8MB"];

/**
 * Opens the embedded PostgreSQL in a folder, and makes it when it is not there. Who owns the folder owns the database.
 *
 * @throws TributaryError `store_failed`
 */
export function openPglite(folder: string): Promise<OpenDatabase> {
  return guarded("the database cannot be opened", async () => {
    await makeDatabase(folder);
    const client = await PGlite.create({ dataDir: folder, postgresqlconf: settings });
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
