import type { RoundStatus } from "@tributary/federation";
import { and, asc, desc, eq, exists, gt, gte, inArray, lte, sql } from "drizzle-orm";
import { type Database, guarded } from "./database.js";
import type { MetricRecord, Order, RoundRecord } from "./records.js";
import { metrics, rounds } from "./schema.js";
import { isEvaluatorsScore } from "./series-store.js";

/** Which of a job's rounds to read: `from` is the first number, `through` the last, `after` the journal's number that the reader has seen. */
export interface RoundsQuery {
  readonly from?: number | undefined;
  readonly through?: number | undefined;
  /** Default: the oldest first. */
  readonly order?: Order | undefined;
  readonly after?: number | undefined;
  /** The attempt that was seen last, in the order of `from`. */
  readonly beyond?: readonly [number: number, attempt: number] | undefined;
  readonly status?: RoundStatus | undefined;
  /** Only attempts whose model was scored by an evaluator. */
  readonly isEvaluated?: boolean;
  readonly limit: number;
}

/** Attempts at rounds, and what came of them: steps of a job's journal write them. */
export class RoundStore {
  constructor(private readonly db: Database) {}

  /** Attempts at rounds, in the order of `from`, or with `after` in the order of their last change. */
  of(job: string, query: RoundsQuery): Promise<RoundRecord[]> {
    const { from = 0, through, order, after, beyond, status, isEvaluated, limit } = query;
    const towards = order === "newest" ? desc : asc;
    const further = order === "newest" ? sql`<` : sql`>`;
    const byNumber = [towards(rounds.number), towards(rounds.attempt)];
    return guarded("the rounds cannot be read", () =>
      this.db
        .select()
        .from(rounds)
        .where(
          and(
            eq(rounds.job, job),
            gte(rounds.number, from),
            through === undefined ? undefined : lte(rounds.number, through),
            gt(rounds.seq, after ?? -1),
            beyond &&
              sql`(${rounds.number}, ${rounds.attempt}) ${further} (${beyond[0]}::integer, ${beyond[1]}::integer)`,
            status === undefined ? undefined : eq(rounds.status, status),
            isEvaluated ? exists(this.#globalScore()) : undefined,
          ),
        )
        .orderBy(...(after === undefined ? byNumber : [asc(rounds.seq), ...byNumber]))
        .limit(limit),
    );
  }

  /** A score of the global model of an attempt at a round. */
  #globalScore() {
    return this.db
      .select({ seq: metrics.seq })
      .from(metrics)
      .where(
        and(
          eq(metrics.job, rounds.job),
          eq(metrics.round, rounds.number),
          eq(metrics.attempt, rounds.attempt),
          isEvaluatorsScore,
        ),
      );
  }

  /** The attempt that began last. */
  latest(job: string): Promise<RoundRecord | undefined> {
    return guarded("the rounds cannot be read", async () => {
      const [row] = await this.db
        .select()
        .from(rounds)
        .where(eq(rounds.job, job))
        .orderBy(desc(rounds.number), desc(rounds.attempt))
        .limit(1);
      return row;
    });
  }

  /** Updates, evaluations and refusals of these rounds, in the order in which they came. */
  metrics(job: string, numbers: readonly number[]): Promise<MetricRecord[]> {
    return guarded("the metrics cannot be read", () =>
      this.db
        .select()
        .from(metrics)
        .where(and(eq(metrics.job, job), inArray(metrics.round, [...numbers])))
        .orderBy(asc(metrics.seq)),
    );
  }

  /** Digests of all updates that were ever accepted. */
  updateDigests(): Promise<Set<string>> {
    return guarded("the updates cannot be read", async () => {
      const digest = sql<string>`${metrics.outcome} ->> 'digest'`;
      const rows = await this.db
        .selectDistinct({ digest })
        .from(metrics)
        .where(sql`${metrics.outcome} ->> 'kind' = 'update'`);
      return new Set(rows.map((row) => row.digest));
    });
  }
}
