import { asc, eq } from "drizzle-orm";
import { type Database, guarded } from "./database.js";
import type { WorkerRecord } from "./records.js";
import { workers } from "./schema.js";

/** Workers as they last described themselves. What a method wrote is durable when its promise is fulfilled. */
export class WorkerStore {
  constructor(private readonly db: Database) {}

  /** @returns what is stored: the time of the first registration stays */
  save(worker: WorkerRecord): Promise<WorkerRecord> {
    const { name: _, firstSeenAt: __, ...rest } = worker;
    return guarded("the worker cannot be stored", async () => {
      const [row] = await this.db
        .insert(workers)
        .values(worker)
        .onConflictDoUpdate({ target: workers.name, set: rest })
        .returning();
      if (row === undefined) throw new Error("an insert returned no row");
      return row;
    });
  }

  /** The key that owns a worker's name. */
  keyOf(name: string): Promise<string | undefined> {
    return guarded("the worker cannot be read", async () => {
      const [row] = await this.db.select({ key: workers.publicKey }).from(workers).where(eq(workers.name, name));
      return row?.key ?? undefined;
    });
  }

  /** @returns what was stored, if it was */
  remove(name: string): Promise<WorkerRecord | undefined> {
    return guarded("the worker cannot be removed", async () => {
      const [row] = await this.db.delete(workers).where(eq(workers.name, name)).returning();
      return row;
    });
  }

  /** All of them, by name. */
  list(): Promise<WorkerRecord[]> {
    return guarded("the workers cannot be read", () => this.db.select().from(workers).orderBy(asc(workers.name)));
  }
}
