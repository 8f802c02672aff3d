import { type AuditEntry, type AuditFact, type AuditHead, emptyHead, headOf, seal } from "@tributary/federation";
import { and, asc, desc, eq, gt, gte, lt } from "drizzle-orm";
import { type Database, guarded } from "./database.js";
import { audit } from "./schema.js";

const PAGE = 1_000;

/** Which lines to read: those after a number, of a job, an action, an actor, from a moment on and before one. */
export interface AuditQuery {
  readonly after: number;
  readonly limit: number;
  readonly job?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/**
 * The audit log: lines that each hold the hash of the one before. One writer at a time knows the newest line, so lines are
 * sealed one after the other, and a line whose writing failed is not followed by another.
 */
export class AuditLog {
  /** Undefined: it must be read anew, at the start and after a write of which nobody knows whether it was done. */
  #head: AuditHead | undefined;
  #last: Promise<unknown> = Promise.resolve();
  readonly #watchers: ((seq: number) => void)[] = [];

  constructor(private readonly db: Database) {}

  /**
   * Seals facts and writes them, with whatever else goes with them.
   *
   * @param write writes the rows: in one statement with what they tell of
   * @throws what `write` throws
   */
  write(facts: readonly AuditFact[], at: Date, write: (rows: readonly AuditRow[]) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      let head = await this.head();
      const rows = facts.map((fact) => {
        const entry = seal(fact, at, head);
        head = headOf(entry);
        return rowOf(entry, at);
      });
      this.#head = undefined;
      await write(rows);
      this.#head = head;
      if (rows.length > 0) for (const tell of this.#watchers) tell(head.seq);
    });
  }

  /** @param watcher told the number of the newest line when lines were written */
  watch(watcher: (seq: number) => void): void {
    this.#watchers.push(watcher);
  }

  /** Adds lines that nothing else goes with. Durable when it settles. @throws TributaryError `store_failed` */
  append(...facts: readonly AuditFact[]): Promise<void> {
    return this.write(facts, new Date(), (rows) =>
      guarded("the audit log cannot be written", async () => {
        await this.db.insert(audit).values([...rows]);
      }),
    );
  }

  /** The newest line. */
  async head(): Promise<AuditHead> {
    this.#head ??= await guarded("the audit log cannot be read", async () => {
      const [row] = await this.db.select().from(audit).orderBy(desc(audit.seq)).limit(1);
      return row === undefined ? emptyHead : headOf(entryOf(row));
    });
    return this.#head;
  }

  /** Lines in their order. */
  list({ after, limit, job, action, actor, since, until }: AuditQuery): Promise<AuditEntry[]> {
    return guarded("the audit log cannot be read", async () => {
      const rows = await this.db
        .select()
        .from(audit)
        .where(
          and(
            gt(audit.seq, after),
            job === undefined ? undefined : eq(audit.job, job),
            action === undefined ? undefined : eq(audit.action, action),
            actor === undefined ? undefined : eq(audit.actor, actor),
            since === undefined ? undefined : gte(audit.at, since),
            until === undefined ? undefined : lt(audit.at, until),
          ),
        )
        .orderBy(asc(audit.seq))
        .limit(limit);
      return rows.map(entryOf);
    });
  }

  /** The whole log. A page of it is in memory at a time. */
  async *all(): AsyncGenerator<AuditEntry> {
    for (let after = 0; ; ) {
      const page = await this.list({ after, limit: PAGE });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.seq;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

export type AuditRow = typeof audit.$inferInsert;

const rowOf = ({ at: _, ...entry }: AuditEntry, at: Date): AuditRow => ({ ...entry, at });
const entryOf = ({ at, ...row }: typeof audit.$inferSelect): AuditEntry => ({ ...row, at: at.toISOString() });
