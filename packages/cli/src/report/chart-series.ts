import { downsample, type JobView, type Point, type RoundView, scoreOfRound } from "@tributary/federation";

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly points: readonly Point[];
  /** Of one worker. */
  readonly isDashed: boolean;
}

export interface ChartSeries {
  readonly title: string;
  readonly x: string;
  readonly unit: "fraction" | "loss" | "bytes" | "ms";
  readonly lines: readonly ChartLine[];
}

/** Lines of single workers in one chart: more of them can't be told apart. */
const MOST_WORKERS = 7;
/** A line keeps four points of each. */
const COLUMNS = 100;

/** The charts of a report; those that would be empty are left out. */
export function chartSeries(job: JobView, rounds: readonly RoundView[]): ChartSeries[] {
  const begun = Date.parse(job.startedAt ?? rounds[0]?.startedAt ?? job.submittedAt);
  const byRound = (round: RoundView): number => round.number;
  const byTime = (round: RoundView): number => (Date.parse(round.finishedAt ?? round.startedAt) - begun) / 1_000;
  const scores = (["accuracy", "loss"] as const).flatMap((metric) =>
    (["rounds", "wall time"] as const).map((scale): ChartSeries => {
      const placeOf = scale === "rounds" ? byRound : byTime;
      return {
        title: `${metric === "accuracy" ? "Accuracy" : "Loss"} over ${scale}`,
        x: scale === "rounds" ? "Round" : "Seconds since the start",
        unit: metric === "accuracy" ? "fraction" : "loss",
        lines: [
          lineOf("global model", rounds, placeOf, (round) => scoreOfRound(round)?.[metric]),
          ...workerLines(rounds, placeOf, metric),
        ],
      };
    }),
  );
  const perRound = { x: "Round" };
  const all = [
    ...scores,
    {
      ...{ ...perRound, title: "Bytes of each round", unit: "bytes" as const },
      lines: [
        lineOf("to workers", rounds, byRound, ({ bytesDown }) => bytesDown),
        lineOf("from workers", rounds, byRound, ({ bytesUp }) => bytesUp),
      ],
    },
    {
      ...{ ...perRound, title: "Time of each round", unit: "ms" as const },
      lines: [
        lineOf("training", rounds, byRound, ({ timings }) => timings.trainingMs),
        lineOf("aggregation", rounds, byRound, ({ timings }) => timings.aggregationMs),
        lineOf("evaluation", rounds, byRound, ({ timings }) => timings.evaluationMs),
      ],
    },
  ];
  return all
    .map((chart) => ({ ...chart, lines: chart.lines.filter(({ points }) => points.length > 0) }))
    .filter(({ lines }) => lines.length > 0);
}

function lineOf(
  label: string,
  rounds: readonly RoundView[],
  placeOf: (round: RoundView) => number,
  amountOf: (round: RoundView) => number | null | undefined,
): ChartLine {
  const points = rounds.flatMap((round): Point[] => {
    const value = amountOf(round);
    return value === null || value === undefined ? [] : [[placeOf(round), value]];
  });
  return { label, points: downsample(points, COLUMNS), isDashed: false };
}

/** What workers say of their own models while they train, the first few by name. */
function workerLines(
  rounds: readonly RoundView[],
  placeOf: (round: RoundView) => number,
  metric: "accuracy" | "loss",
): ChartLine[] {
  const lines = new Map<string, Point[]>();
  for (const round of rounds)
    for (const { worker, [metric]: value } of round.updates) {
      const points = lines.get(worker) ?? [];
      points.push([placeOf(round), value]);
      lines.set(worker, points);
    }
  return [...lines]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, MOST_WORKERS)
    .map(([label, points]) => ({ label, points: downsample(points, COLUMNS), isDashed: true }));
}
