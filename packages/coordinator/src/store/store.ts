import type { JobEvent, JobStatus } from "@tributary/federation";
import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";
import { AuditLog } from "./audit-log.js";
import { type Database, guarded, type OpenDatabase } from "./database.js";
import { ModelStore } from "./model-store.js";
import { type JobRecord, modelRecord, type NewJob, type SnapshotRecord, type Step } from "./records.js";
import { RoundStore } from "./round-store.js";
import { rowsOf } from "./rows-of.js";
import { audit, events, jobs, metrics, modelVersions, rounds, snapshots } from "./schema.js";
import { SeriesStore } from "./series-store.js";
import { WebhookStore } from "./webhook-store.js";
import { WorkerStore } from "./worker-store.js";

const JOURNAL_PAGE = 1_000;

/** Which jobs to read, the newest first. */
export interface JobsQuery {
  readonly limit: number;
  /** Position of the job that was seen last. */
  readonly before?: number | undefined;
  readonly status?: JobStatus | undefined;
  /** Part of the name, in small or capital letters. */
  readonly name?: string | undefined;
}

/**
 * Jobs and their journals, and what has a store of its own, in PostgreSQL: embedded or a server, `openStore` says
 * which. What a method wrote is durable when its promise is fulfilled. Every method throws `store_failed` when the database
 * does. A write that failed may have been done all the same, when only the connection broke: `hasEvent` tells.
 */
export class Store {
  readonly #db: Database;
  readonly audit: AuditLog;
  readonly webhooks: WebhookStore;
  readonly series: SeriesStore;
  readonly rounds: RoundStore;
  readonly models: ModelStore;
  readonly workers: WorkerStore;

  constructor(private readonly database: OpenDatabase) {
    this.#db = database.db;
    this.audit = new AuditLog(this.#db);
    this.webhooks = new WebhookStore(this.#db);
    this.series = new SeriesStore(this.#db);
    this.rounds = new RoundStore(this.#db);
    this.models = new ModelStore(this.#db);
    this.workers = new WorkerStore(this.#db);
  }

  close(): Promise<void> {
    return guarded("the database cannot be closed", () => this.database.close());
  }

  addJob(job: NewJob): Promise<JobRecord> {
    return guarded("the job cannot be stored", async () => {
      const [row] = await this.#db
        .insert(jobs)
        .values({ ...job, status: "queued", round: 0, seq: 0 })
        .returning();
      if (row === undefined) throw new Error("an insert returned no row");
      return row;
    });
  }

  /**
   * Writes an event of a job's journal and everything that follows from it, its lines of the audit log too: whole or not at
   * all. The database's function `commit_step` does it, which is planned once: as a statement it takes three times as long.
   */
  commitStep({ job, seq, at, event, progress, rounds: changed, metric, model, snapshot, facts }: Step): Promise<void> {
    return this.audit.write(facts, at, (lines) =>
      guarded("the journal cannot be written", async () => {
        const rows = {
          events: rowsOf(events, [{ job, seq, at, event }]),
          jobs: rowsOf(jobs, [{ ...progress, id: job, seq }]),
          rounds: rowsOf(rounds, changed),
          metrics: rowsOf(metrics, metric === undefined ? [] : [metric]),
          model_versions: rowsOf(modelVersions, model === undefined ? [] : [modelRecord(job, model, at)]),
          snapshots: rowsOf(snapshots, snapshot === undefined ? [] : [snapshot]),
          audit: rowsOf(audit, lines),
        };
        await this.#db.execute(sql`select commit_step(${JSON.stringify(rows)}::jsonb)`);
      }),
    );
  }

  /** Whether the journal of a job has an event of this number. */
  hasEvent(job: string, seq: number): Promise<boolean> {
    return guarded("the journal cannot be read", async () => {
      const rows = await this.#db
        .select({ seq: events.seq })
        .from(events)
        .where(and(eq(events.job, job), eq(events.seq, seq)));
      return rows.length > 0;
    });
  }

  /** The newest snapshot of a job, if it is of this format. */
  snapshot(job: string, format: string): Promise<SnapshotRecord | undefined> {
    return guarded("the snapshot cannot be read", async () => {
      const [row] = await this.#db
        .select()
        .from(snapshots)
        .where(and(eq(snapshots.job, job), eq(snapshots.format, format)));
      return row;
    });
  }

  /** The journal of a job after an event; from its first one on when `after` is 0. A page of it is in memory at a time. */
  async *journal(job: string, after: number, pageSize = JOURNAL_PAGE): AsyncGenerator<JobEvent> {
    for (let seen = after; ; ) {
      const page = await guarded("the journal cannot be read", () =>
        this.#db
          .select({ seq: events.seq, event: events.event })
          .from(events)
          .where(and(eq(events.job, job), gt(events.seq, seen)))
          .orderBy(asc(events.seq))
          .limit(pageSize),
      );
      for (const { event } of page) yield event;
      if (page.length < pageSize) return;
      seen = page.at(-1)?.seq ?? seen;
    }
  }

  job(id: string): Promise<JobRecord | undefined> {
    return guarded("the job cannot be read", async () => {
      const [row] = await this.#db.select().from(jobs).where(eq(jobs.id, id));
      return row;
    });
  }

  /** The job that the request with this key submitted. */
  jobOfRequest(idempotencyKey: string): Promise<JobRecord | undefined> {
    return guarded("the job cannot be read", async () => {
      const [row] = await this.#db.select().from(jobs).where(eq(jobs.idempotencyKey, idempotencyKey));
      return row;
    });
  }

  /** The newest jobs first. */
  jobs({ limit, before, status, name }: JobsQuery): Promise<JobRecord[]> {
    return guarded("the jobs cannot be read", () =>
      this.#db
        .select()
        .from(jobs)
        .where(
          and(
            before === undefined ? undefined : lt(jobs.position, before),
            status === undefined ? undefined : eq(jobs.status, status),
            name === undefined ? undefined : sql`position(lower(${name}) in lower(${jobs.name})) > 0`,
          ),
        )
        .orderBy(desc(jobs.position))
        .limit(limit),
    );
  }

  /** Jobs that run or want to, the oldest first. */
  unfinishedJobs(): Promise<JobRecord[]> {
    return guarded("the jobs cannot be read", () =>
      this.#db
        .select()
        .from(jobs)
        .where(inArray(jobs.status, ["queued", "running"]))
        .orderBy(asc(jobs.position)),
    );
  }

  /** Jobs that have not ended, the paused ones and those that have not begun, too. */
  jobsNotOver(): Promise<JobRecord[]> {
    return guarded("the jobs cannot be read", () =>
      this.#db
        .select()
        .from(jobs)
        .where(inArray(jobs.status, ["queued", "running", "paused"]))
        .orderBy(asc(jobs.position)),
    );
  }

  /** Jobs that began and have not ended, the paused ones too. */
  openJobs(): Promise<JobRecord[]> {
    return guarded("the jobs cannot be read", () =>
      this.#db
        .select()
        .from(jobs)
        .where(and(inArray(jobs.status, ["queued", "running", "paused"]), gt(jobs.seq, 0)))
        .orderBy(asc(jobs.position)),
    );
  }

  /** Ids of the jobs that began and have not ended, the paused ones too. */
  async openJobIds(): Promise<string[]> {
    const open = await guarded("the jobs cannot be read", () =>
      this.#db
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(inArray(jobs.status, ["queued", "running", "paused"]), gt(jobs.seq, 0)))
        .orderBy(asc(jobs.position)),
    );
    return open.map(({ id }) => id);
  }
}
