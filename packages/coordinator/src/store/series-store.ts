import { scoreFrom } from "@tributary/federation";
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, max, min, or, sql, sum } from "drizzle-orm";
import { z } from "zod";
import { type Database, guarded } from "./database.js";
import { OverRoundsReader } from "./over-rounds.js";
import { metrics, rounds } from "./schema.js";

/** What all attempts up to a round took together. */
export interface RoundTotals {
  readonly attempts: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
}

/** A score of a global model or of a worker's update. */
export interface Score {
  readonly round: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** What a worker said of its update, or an evaluator did. */
export interface WorkerScoreRow extends Score {
  readonly worker: string;
  readonly kind: "update" | "evaluation";
}

/** Who was in a round. */
export interface RoundCohort {
  readonly number: number;
  readonly cohort: readonly string[];
}

/** Rounds after one, up to another. */
export interface RoundRange {
  readonly after: number;
  readonly through: number;
}

/** A row of the metrics with an evaluator's score of a global model. */
export const isEvaluatorsScore = sql`(${metrics.outcome} ->> 'kind' = 'evaluation' and ${metrics.outcome} #>> '{report,subject}' = '')`;
/** A row of the metrics with what a worker says of a global model, by what it holds back. */
const isWorkersScore = sql`(${metrics.outcome} ->> 'kind' = 'validation' and ${metrics.outcome} #> '{report,personal}' is null)`;

/** [loss, accuracy] of the evaluator's score among some rows; null without one. */
const evaluators = sql`(array_agg(json_build_array(${metrics.loss}, ${metrics.accuracy}) order by ${metrics.seq})
  filter (where ${isEvaluatorsScore}))[1]`;
/** A mean over the workers' scores among some rows, summed in the order in which `summaryOf` does: the same bits. */
const workersMean = (
  figure: typeof metrics.loss | typeof metrics.accuracy,
) => sql`sum(${metrics.samples}::double precision * ${figure}
  order by ${metrics.worker} collate "C") filter (where ${isWorkersScore}) / sum(${metrics.samples}) filter (where ${isWorkersScore})`;

/** Whose update a row of the metrics is about, and who says it. */
const subject = sql<string>`coalesce(${metrics.outcome} #>> '{report,subject}', ${metrics.worker})`;
const kind = sql<"update" | "evaluation">`${metrics.outcome} ->> 'kind'`;

const pairSchema = z.tuple([z.number(), z.number()]).transform(([loss, accuracy]) => ({ loss, accuracy }));
const scoresSchema = z.array(z.tuple([z.number(), pairSchema.nullable(), pairSchema.nullable()]));
const endsSchema = z.array(z.tuple([z.number(), z.number()]));

/** A job's rounds as numbers, many at a time: rows of the whole tables would take seconds of a long job. */
export class SeriesStore {
  /** The rounds that are over, of jobs that were asked for before out of memory. */
  readonly over = new OverRoundsReader(this);

  constructor(private readonly db: Database) {}

  /** The last round such that it and all before it are over. @param after all up to it are over; 0 when none may be */
  lastOver(job: string, after: number): Promise<number> {
    return guarded("the rounds cannot be read", async () => {
      const [open] = await this.db
        .select({ first: min(rounds.number) })
        .from(rounds)
        .where(and(eq(rounds.job, job), gt(rounds.number, after), isNull(rounds.finishedAt)));
      const first = open?.first ?? null;
      const [over] = await this.db
        .select({ last: max(rounds.number) })
        .from(rounds)
        .where(
          and(
            eq(rounds.job, job),
            gt(rounds.number, after),
            eq(rounds.status, "finished"),
            first === null ? undefined : lt(rounds.number, first),
          ),
        );
      return over?.last ?? after;
    });
  }

  totals(job: string, { after, through }: RoundRange): Promise<RoundTotals> {
    return guarded("the rounds cannot be read", async () => {
      const [row] = await this.db
        .select({
          attempts: sql<number>`count(*)::integer`,
          bytesDown: sum(rounds.bytesDown).mapWith(Number),
          bytesUp: sum(rounds.bytesUp).mapWith(Number),
        })
        .from(rounds)
        .where(and(eq(rounds.job, job), gt(rounds.number, after), lte(rounds.number, through)));
      return { attempts: row?.attempts ?? 0, bytesDown: row?.bytesDown ?? 0, bytesUp: row?.bytesUp ?? 0 };
    });
  }

  /** What each global model that was scored is worth, by round. */
  globalScores(job: string, { after, through }: RoundRange): Promise<Score[]> {
    return guarded("the metrics cannot be read", async () => {
      const scored = this.db
        .select({
          round: metrics.round,
          evaluator: sql`${evaluators}`.as("evaluator"),
          loss: sql`${workersMean(metrics.loss)}`.as("mean_loss"),
          accuracy: sql`${workersMean(metrics.accuracy)}`.as("mean_accuracy"),
        })
        .from(metrics)
        .where(
          and(
            eq(metrics.job, job),
            gt(metrics.round, after),
            lte(metrics.round, through),
            or(isEvaluatorsScore, isWorkersScore),
          ),
        )
        .groupBy(metrics.round)
        .as("scored");
      // One value instead of a row each: the driver takes ten times as long for these.
      const [row] = await this.db
        .select({
          scores: sql<unknown>`json_agg(json_build_array(${scored.round}, ${scored.evaluator},
            case when ${scored.loss} is null then null else json_build_array(${scored.loss}, ${scored.accuracy}) end)
            order by ${scored.round})`,
        })
        .from(scored);
      return scoresSchema.parse(row?.scores ?? []).flatMap(([round, evaluator, workers]) => {
        const score = scoreFrom(evaluator, workers);
        return score === undefined ? [] : [{ round, ...score }];
      });
    });
  }

  /** What is known of single workers' updates in these rounds, in the order in which it came. */
  workerScores(job: string, numbers: readonly number[], workers: readonly string[]): Promise<WorkerScoreRow[]> {
    return guarded("the metrics cannot be read", async () => {
      const rows = await this.db
        .select({ round: metrics.round, worker: subject, kind, loss: metrics.loss, accuracy: metrics.accuracy })
        .from(metrics)
        .where(
          and(
            eq(metrics.job, job),
            inArray(metrics.round, [...numbers]),
            inArray(kind, ["update", "evaluation"]),
            inArray(subject, [...workers]),
          ),
        )
        .orderBy(asc(metrics.seq));
      return rows.flatMap(({ loss, accuracy, ...row }) =>
        loss === null || accuracy === null ? [] : [{ ...row, loss, accuracy }],
      );
    });
  }

  /** When rounds ended, ms since 1970, by round. */
  endTimes(job: string, { after, through }: RoundRange): Promise<Map<number, number>> {
    return guarded("the rounds cannot be read", async () => {
      const [row] = await this.db
        .select({
          ends: sql<unknown>`json_agg(json_build_array(${rounds.number}, round(extract(epoch from ${rounds.finishedAt}) * 1000))
            order by ${rounds.number})`,
        })
        .from(rounds)
        .where(
          and(
            eq(rounds.job, job),
            eq(rounds.status, "finished"),
            gt(rounds.number, after),
            lte(rounds.number, through),
          ),
        );
      return new Map(endsSchema.parse(row?.ends ?? []));
    });
  }

  /** The loss of each worker's newest update. */
  newestLosses(job: string, { after, through }: RoundRange): Promise<Map<string, number>> {
    return guarded("the metrics cannot be read", async () => {
      const rows = await this.db
        .selectDistinctOn([subject], { worker: subject, loss: metrics.loss })
        .from(metrics)
        .where(
          and(
            eq(metrics.job, job),
            gt(metrics.round, after),
            lte(metrics.round, through),
            inArray(kind, ["update", "evaluation"]),
            isNotNull(metrics.loss),
          ),
        )
        // Of one update, an evaluator's word is before the worker's.
        .orderBy(subject, desc(metrics.round), kind, desc(metrics.seq));
      return new Map(rows.flatMap(({ worker, loss }) => (loss === null ? [] : [[worker, loss]])));
    });
  }

  /** Who was in these rounds. */
  cohorts(job: string, numbers: readonly number[]): Promise<RoundCohort[]> {
    return guarded("the rounds cannot be read", () =>
      this.db
        .select({ number: rounds.number, cohort: rounds.cohort })
        .from(rounds)
        .where(and(eq(rounds.job, job), eq(rounds.status, "finished"), inArray(rounds.number, [...numbers]))),
    );
  }
}
