import { type JobSeries, type JobView, type Point, type RoundView, scoreOfRound } from "@tributary/federation";
import type { Line } from "../../ui/chart.js";

export type Metric = "accuracy" | "loss";
/** Rounds, or seconds since the job began. */
export type Scale = "rounds" | "time";

/** Lines of single workers in one chart, at most: more of them can't be told apart. */
export const MOST_WORKERS = 7;

/** What the page knows of a job's rounds: the first ones in few points, and the newest one by one. */
export interface Known {
  readonly job: Pick<JobView, "startedAt">;
  readonly series: JobSeries;
  /** In order. */
  readonly rounds: readonly RoundView[];
}

/** What a round's model is worth; undefined, too, while workers are still asked: the mean of some is not that of all. */
export const settledScoreOf = (round: RoundView): ReturnType<typeof scoreOfRound> =>
  round.evaluation === null && round.finishedAt === null ? undefined : scoreOfRound(round);

/** The rounds that the series has not. */
export const beyond = ({ series, rounds }: Omit<Known, "job">): RoundView[] =>
  rounds.filter(({ number }) => number > series.through);

/** Where a round lies on the scale. */
function placeOf({ startedAt }: Known["job"], round: RoundView, scale: Scale): number {
  if (scale === "rounds") return round.number;
  return (Date.parse(round.finishedAt ?? round.startedAt) - Date.parse(startedAt ?? round.startedAt)) / 1_000;
}

/** A line of a series; subject "" is the global model. */
export const pointsOf = ({ lines }: JobSeries, subject: string, metric: Metric, scale: Scale): Point[] =>
  lines
    .filter((line) => line.subject === subject && line.metric === metric)
    .flatMap(({ points }) =>
      points.map(([round, seconds, value]): Point => [scale === "rounds" ? round : seconds, value]),
    );

/** The global model: as an evaluator scored it, and without one the mean of what workers said of it. */
export const globalPoints = (known: Known, metric: Metric, scale: Scale): Point[] => [
  ...pointsOf(known.series, "", metric, scale),
  ...beyond(known).flatMap((round): Point[] => {
    const score = settledScoreOf(round);
    return score === undefined ? [] : [[placeOf(known.job, round, scale), score[metric]]];
  }),
];

/**
 * Some workers' own updates: as an evaluator scored them where one did, else as the worker said while training.
 *
 * @param known with a series that has lines of workers
 * @param names whose, in this order
 */
export function workerLines(known: Known, metric: Metric, scale: Scale, names: readonly string[]): Line[] {
  const lines = new Map(names.map((name) => [name, pointsOf(known.series, name, metric, scale)]));
  for (const round of beyond(known)) {
    const scores = new Map(round.updateEvaluations.map(({ subject, [metric]: score }) => [subject, score]));
    for (const { worker, [metric]: said } of round.updates)
      lines.get(worker)?.push([placeOf(known.job, round, scale), scores.get(worker) ?? said]);
  }
  return [...lines].map(([label, points]) => ({ label, points, isDashed: true }));
}
