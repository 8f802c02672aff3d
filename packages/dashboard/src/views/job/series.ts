import type { JobView, RoundView } from "@tributary/federation";
import type { Line } from "../../ui/chart.js";
import type { Point } from "../../ui/downsample.js";

export type Metric = "accuracy" | "loss";
/** Rounds, or seconds since the job began. */
export type Scale = "rounds" | "time";

/** Lines of single workers in one chart, at most: more of them can't be told apart. */
export const MOST_WORKERS = 7;

type Begun = Pick<JobView, "startedAt">;

/** Where a round lies on the scale. */
function placeOf({ startedAt }: Begun, round: RoundView, scale: Scale): number {
  if (scale === "rounds") return round.number;
  return (Date.parse(round.finishedAt ?? round.startedAt) - Date.parse(startedAt ?? round.startedAt)) / 1_000;
}

/** The global model, as an evaluator scored it. */
export const globalPoints = (job: Begun, rounds: readonly RoundView[], metric: Metric, scale: Scale): Point[] =>
  rounds.flatMap((round): Point[] =>
    round.evaluation === null ? [] : [[placeOf(job, round, scale), round.evaluation[metric]]],
  );

/** Each worker's own update: as an evaluator scored it where one did, else as the worker said while training. */
export function workerLines(job: Begun, rounds: readonly RoundView[], metric: Metric, scale: Scale): Line[] {
  const points = new Map<string, Point[]>();
  for (const round of rounds) {
    const scores = new Map(round.updateEvaluations.map(({ subject, [metric]: score }) => [subject, score]));
    for (const { worker, [metric]: said } of round.updates) {
      const own = points.get(worker) ?? [];
      own.push([placeOf(job, round, scale), scores.get(worker) ?? said]);
      points.set(worker, own);
    }
  }
  return [...points]
    .sort(([one], [other]) => one.localeCompare(other))
    .slice(0, MOST_WORKERS)
    .map(([label, line]) => ({ label, points: line, isDashed: true }));
}

export function bestAccuracy(rounds: readonly RoundView[]): number | undefined {
  let best: number | undefined;
  for (const { evaluation } of rounds)
    if (evaluation !== null && (best === undefined || evaluation.accuracy > best)) best = evaluation.accuracy;
  return best;
}
