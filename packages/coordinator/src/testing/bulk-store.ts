import { eq, sql } from "drizzle-orm";
import type { Database, OpenDatabase } from "../store/database.js";
import { modelRecord, type RoundRecord, type Step } from "../store/records.js";
import { events, jobs, metrics, modelVersions, rounds, snapshots } from "../store/schema.js";
import { Store } from "../store/store.js";

const STEPS_AT_ONCE = 1_000;

/** A store that writes the steps of one job a thousand at a time: fast, and not durable before `flush`. The rows are the same. */
export class BulkStore extends Store {
  #steps: Step[] = [];
  readonly #db: Database;

  constructor(database: OpenDatabase) {
    super(database);
    this.#db = database.db;
  }

  override async commitStep(step: Step): Promise<void> {
    this.#steps.push(step);
    if (this.#steps.length >= STEPS_AT_ONCE) await this.flush();
  }

  async flush(): Promise<void> {
    const steps = this.#steps;
    this.#steps = [];
    const last = steps.at(-1);
    if (last === undefined) return;
    const given = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
    const models = steps.flatMap(({ job, at, model }) => given(model && modelRecord(job, model, at)));
    const outcomes = steps.flatMap(({ metric }) => given(metric));
    const snapshot = steps.flatMap((step) => given(step.snapshot)).at(-1);
    const { job, seq, progress } = last;
    await this.#db.transaction(async (tx) => {
      await tx.insert(events).values(steps.map(({ job, seq, at, event }) => ({ job, seq, at, event })));
      for (const round of latestOf(steps.flatMap((step) => step.rounds)))
        await tx
          .insert(rounds)
          .values(round)
          .onConflictDoUpdate({ target: [rounds.job, rounds.number, rounds.attempt], set: round });
      if (outcomes.length > 0) await tx.insert(metrics).values(outcomes);
      if (models.length > 0) await tx.insert(modelVersions).values(models);
      if (snapshot !== undefined)
        await tx.insert(snapshots).values(snapshot).onConflictDoUpdate({ target: snapshots.job, set: snapshot });
      await tx
        .update(jobs)
        .set({ ...progress, seq })
        .where(eq(jobs.id, job));
    });
  }

  /** As if no snapshot had ever been written. */
  async forgetSnapshots(): Promise<void> {
    await this.#db.execute(sql`delete from ${snapshots}`);
  }
}

/** The last state of each attempt at a round. */
function latestOf(changes: readonly RoundRecord[]): RoundRecord[] {
  return [...new Map(changes.map((round) => [`${round.number}.${round.attempt}`, round])).values()];
}
