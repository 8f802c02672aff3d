import {
  type JobView,
  modelSizesOf,
  type RoundView,
  scoreOfRound,
  sentSizesOf,
  specDifferences,
} from "@tributary/federation";

/** What one job came to. null: there is none yet. */
export interface ComparedJob {
  readonly id: string;
  readonly name: string;
  readonly status: JobView["status"];
  readonly reason: string | null;
  /** Rounds that are over. */
  readonly rounds: number;
  readonly lastRound: number;
  readonly accuracy: FinalAndBest;
  readonly loss: FinalAndBest;
  /** Number of the first round whose model is as good as the target. */
  readonly roundsToTarget: number | null;
  readonly wallTimeMs: number | null;
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Of its updates, as they travelled and as they are. */
  readonly sentBytes: number;
  readonly updateBytes: number;
  /** Of the models that its rounds made, each as it travels to one worker, and as it is. */
  readonly sentModelBytes: number;
  readonly modelBytes: number;
  /** Of the newest model. */
  readonly digest: string | null;
  /** Whether the newest model is, byte for byte, that of the first job. */
  readonly isSameModel: boolean | null;
}

interface FinalAndBest {
  readonly final: number | null;
  readonly best: number | null;
}

export interface JobComparison {
  readonly target: number | null;
  readonly jobs: readonly ComparedJob[];
  /** Settings in which any of them is unlike the first, a value for each job; "–" for none. */
  readonly differences: readonly { readonly field: string; readonly values: readonly string[] }[];
}

export interface JobAndRounds {
  readonly job: JobView;
  readonly rounds: readonly RoundView[];
}

/** Jobs side by side, the first as what the others are compared with. @param target an accuracy, 0 to 1 */
export function compareJobs(jobs: readonly JobAndRounds[], target?: number): JobComparison {
  const [first] = jobs;
  return {
    target: target ?? null,
    jobs: jobs.map((each) => comparedJob(each, first?.job.model?.digest, target)),
    differences: first === undefined ? [] : differencesOf(jobs.map(({ job }) => job.spec)),
  };
}

function comparedJob(
  { job, rounds }: JobAndRounds,
  other: string | undefined,
  target: number | undefined,
): ComparedJob {
  const { id, name, status, reason, spec, model } = job;
  const scores = rounds.flatMap((round) => {
    const score = scoreOfRound(round);
    return score === undefined ? [] : [{ number: round.number, ...score }];
  });
  const reached = scores.find(({ accuracy }) => target !== undefined && accuracy >= target);
  const sum = (bytesOf: (round: RoundView) => number) => rounds.reduce((all, round) => all + bytesOf(round), 0);
  const digest = model?.digest ?? null;
  return {
    ...{ id, name, status, reason },
    rounds: rounds.filter((round) => round.status === "finished").length,
    lastRound: spec.rounds,
    accuracy: finalAndBest(
      scores.map(({ accuracy }) => accuracy),
      (one, other) => one > other,
    ),
    loss: finalAndBest(
      scores.map(({ loss }) => loss),
      (one, other) => one < other,
    ),
    roundsToTarget: reached?.number ?? null,
    wallTimeMs: wallTimeOf(job),
    bytesDown: sum((round) => round.bytesDown),
    bytesUp: sum((round) => round.bytesUp),
    ...sentSizesOf(rounds.flatMap(({ updates }) => updates)),
    ...modelSizesOf(rounds.flatMap(({ model }) => (model === null ? [] : [model]))),
    digest,
    isSameModel: digest === null || other === undefined ? null : digest === other,
  };
}

/** From its start to its end, pauses included. */
const wallTimeOf = ({ startedAt, finishedAt }: JobView): number | null =>
  startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);

const finalAndBest = (values: readonly number[], isBetter: (one: number, other: number) => boolean): FinalAndBest => ({
  final: values.at(-1) ?? null,
  best: values.reduce<number | null>((best, value) => (best === null || isBetter(value, best) ? value : best), null),
});

function differencesOf([first, ...others]: readonly JobView["spec"][]): JobComparison["differences"] {
  if (first === undefined) return [];
  const each = others.map((other) => new Map(specDifferences(first, other).map((one) => [one.field, one])));
  const here = new Map(each.flatMap((found) => [...found.values()].map(({ field, here }) => [field, here] as const)));
  return [...here].map(([field, value]) => ({
    field,
    values: [value, ...each.map((found) => found.get(field)?.there ?? value)],
  }));
}
