import { and, asc, desc, eq, gt, inArray, lt, notExists, sql } from "drizzle-orm";
import { type Database, guarded } from "./database.js";
import type { ModelRecord, Order } from "./records.js";
import { jobs, modelVersions } from "./schema.js";

const DIGESTS_AT_ONCE = 10_000;

/** Versions of models: a step of a job's journal adds one. */
export class ModelStore {
  constructor(private readonly db: Database) {}

  /** The versions of a job's model beyond that of a round, in an order; all without a round. */
  beyond(job: string, round: number | undefined, order: Order, limit: number): Promise<ModelRecord[]> {
    const [towards, further] = order === "newest" ? [desc, lt] : [asc, gt];
    return guarded("the model versions cannot be read", () =>
      this.db
        .select()
        .from(modelVersions)
        .where(and(eq(modelVersions.job, job), round === undefined ? undefined : further(modelVersions.round, round)))
        .orderBy(towards(modelVersions.round))
        .limit(limit),
    );
  }

  /** The versions of a job's model from the initial one on, or only those of these rounds. */
  of(job: string, rounds?: readonly number[]): Promise<ModelRecord[]> {
    const wanted = rounds === undefined ? undefined : inArray(modelVersions.round, [...rounds]);
    return guarded("the model versions cannot be read", () =>
      this.db
        .select()
        .from(modelVersions)
        .where(and(eq(modelVersions.job, job), wanted))
        .orderBy(asc(modelVersions.round)),
    );
  }

  /** The newest version of each job's model, by job. */
  latest(ofJobs: readonly string[]): Promise<Map<string, ModelRecord>> {
    return guarded("the model versions cannot be read", async () => {
      // One look into the index for each job, however many versions it has.
      const newest = this.db
        .select()
        .from(modelVersions)
        .where(eq(modelVersions.job, jobs.id))
        .orderBy(desc(modelVersions.round))
        .limit(1)
        .as("newest");
      const rows = await this.db
        .select({
          model: {
            job: newest.job,
            round: newest.round,
            digest: newest.digest,
            size: newest.size,
            createdAt: newest.createdAt,
            stateDigest: newest.stateDigest,
            stateSize: newest.stateSize,
            sentSize: newest.sentSize,
          },
        })
        .from(jobs)
        .crossJoinLateral(newest)
        .where(inArray(jobs.id, [...ofJobs]));
      return new Map(rows.map(({ model }) => [model.job, model]));
    });
  }

  /** Those of these digests that no version of any job's model has, nor what a strategy keeps beside one. */
  strangersAmong(digests: readonly string[]): Promise<string[]> {
    return guarded("the model versions cannot be read", async () => {
      const strangers: string[] = [];
      for (let start = 0; start < digests.length; start += DIGESTS_AT_ONCE) {
        // One parameter: ten thousand take a second to bind.
        const asked = JSON.stringify(digests.slice(start, start + DIGESTS_AT_ONCE));
        const digest = sql<string>`value`;
        const rows = await this.db
          .select({ digest })
          .from(sql`jsonb_array_elements_text(${asked}::jsonb)`)
          .where(
            and(
              notExists(this.db.select({ digest }).from(modelVersions).where(eq(modelVersions.digest, digest))),
              notExists(this.db.select({ digest }).from(modelVersions).where(eq(modelVersions.stateDigest, digest))),
            ),
          );
        strangers.push(...rows.map((row) => row.digest));
      }
      return strangers;
    });
  }
}
