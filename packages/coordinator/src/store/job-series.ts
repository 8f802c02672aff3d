import { downsample, type JobSeries, type Point, type SeriesLine } from "@tributary/federation";
import type { JobRecord } from "./records.js";
import type { Score } from "./series-store.js";
import type { Store } from "./store.js";

/** Rounds of which single workers are shown, at most: each has a row for each of its workers. */
const MOST_SAMPLED = 200;
/** Newest rounds among which a worker's last loss is looked for. */
const RECENT = 50;

export interface SeriesQuery {
  /** Most points of a line. */
  readonly points: number;
  /** Workers that have lines: the first by name. */
  readonly workers: number;
  /** Besides these, by name. */
  readonly names: readonly string[];
}

const metrics = ["accuracy", "loss"] as const;

/** All rounds of a job that are over, in a few points. */
export async function jobSeries(
  store: Store,
  job: JobRecord,
  { points, workers, names }: SeriesQuery,
): Promise<JobSeries> {
  const { series } = store;
  const { through, attempts, bytesDown, bytesUp, scores, endedAt } = await series.over.of(job.id);
  const sampled = workers === 0 && names.length === 0 ? [] : everySo(through, Math.min(points, MOST_SAMPLED));
  const known = await namesIn(store, job.id, sampled);
  const shown = new Set([...known.slice(0, workers), ...known.filter((name) => names.includes(name))]);
  const own = await workerLines(store, job.id, sampled, [...shown]);
  const recent = { after: through - RECENT, through };
  const losses = known.length === 0 ? undefined : await series.newestLosses(job.id, recent);
  const global = metrics.map((metric) => ({ subject: "", metric, points: thinned(scores, metric, points) }));
  const begun = (job.startedAt ?? job.submittedAt).getTime();
  const placed = (line: readonly Point[]): SeriesLine["points"] =>
    line.flatMap(([round, value]) => {
      const ended = endedAt.get(round);
      return ended === undefined ? [] : [[round, Math.max(0, (ended - begun) / 1_000), value]];
    });
  return {
    ...{ through, attempts, bytesDown, bytesUp },
    bestAccuracy: scores.reduce<number | null>((best, { accuracy }) => Math.max(best ?? 0, accuracy), null),
    lines: [...global, ...own].map(({ points, ...line }) => ({ ...line, points: placed(points) })),
    workers: known.map((name) => ({ name, loss: losses?.get(name) ?? null })),
  };
}

const thinned = (scores: readonly Score[], metric: "accuracy" | "loss", points: number): readonly Point[] =>
  downsample(
    scores.map((score): Point => [score.round, score[metric]]),
    Math.floor(points / 4),
  );

/** Numbers from 1 to the last, equally far from each other, the last one among them. */
export function everySo(last: number, most: number): number[] {
  const count = Math.min(last, most);
  return Array.from({ length: count }, (_, index) => Math.round(((index + 1) * last) / count));
}

/** Who was in these rounds, by name. */
async function namesIn(store: Store, job: string, numbers: readonly number[]): Promise<string[]> {
  if (numbers.length === 0) return [];
  const cohorts = await store.series.cohorts(job, numbers);
  return [...new Set(cohorts.flatMap(({ cohort }) => cohort))].sort();
}

/** Each worker's own updates: as an evaluator scored them where one did, else as the worker said while training. */
async function workerLines(
  store: Store,
  job: string,
  sampled: readonly number[],
  names: readonly string[],
): Promise<{ subject: string; metric: "accuracy" | "loss"; points: Point[] }[]> {
  if (names.length === 0) return [];
  const rows = await store.series.workerScores(job, sampled, names);
  const scores = new Map<string, Score>();
  for (const row of rows) {
    const key = `${row.round} ${row.worker}`;
    if (row.kind === "evaluation" || !scores.has(key)) scores.set(key, row);
  }
  return names.flatMap((subject) =>
    metrics.map((metric) => ({
      subject,
      metric,
      points: sampled.flatMap((round): Point[] => {
        const score = scores.get(`${round} ${subject}`);
        return score === undefined ? [] : [[round, score[metric]]];
      }),
    })),
  );
}
