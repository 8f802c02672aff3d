import {
  modelSizesOf,
  type RefusalView,
  type RoundStatus,
  type RoundView,
  type SentSizes,
  scoreOfRound,
  sentSizesOf,
} from "@tributary/federation";

/** What a screen keeps of an attempt at a round: a job may have ten thousands of them. */
export interface RoundRow extends SentSizes {
  readonly number: number;
  readonly attempt: number;
  readonly status: RoundStatus;
  /** As `Date.parse`. */
  readonly startedAt: number;
  /** null while it is under way. */
  readonly totalMs: number | null;
  readonly accuracy: number | null;
  /** Of the model that it committed. */
  readonly loss: number | null;
  /** Mean over the samples that the workers trained on. */
  readonly trainingLoss: number | null;
  readonly updates: number;
  readonly cohort: number;
  readonly refusals: readonly RefusalView[];
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Of the model that it committed, as it travels and as it is; both 0 while there is none. */
  readonly sentModelBytes: number;
  readonly modelBytes: number;
}

export function rowOf(round: RoundView): RoundRow {
  const { number, attempt, status, updates, refusals, bytesDown, bytesUp } = round;
  const score = scoreOfRound(round);
  const samples = updates.reduce((sum, update) => sum + update.samples, 0);
  return {
    number,
    attempt,
    status,
    refusals,
    bytesDown,
    bytesUp,
    startedAt: Date.parse(round.startedAt),
    totalMs: round.timings.totalMs,
    accuracy: score?.accuracy ?? null,
    loss: score?.loss ?? null,
    trainingLoss:
      samples === 0 ? null : updates.reduce((sum, update) => sum + update.loss * update.samples, 0) / samples,
    ...sentSizesOf(updates),
    ...modelSizesOf(round.model === null ? [] : [round.model]),
    updates: updates.length,
    cohort: round.cohort.length,
  };
}

/** Below 0: the first one comes before the other. */
export const inOrder = (one: RoundRow, other: RoundRow): number =>
  one.number - other.number || one.attempt - other.attempt;

/** Finished rounds whose mean length is that of those to come. */
const PACE_ROUNDS = 10;

/** How long a job takes yet at the pace of its last rounds, ms; null: nobody knows. */
export function timeLeft(rows: readonly RoundRow[], rounds: number): number | null {
  const latest: RoundRow[] = [];
  for (let at = rows.length - 1; at >= 0 && latest.length < PACE_ROUNDS; at--) {
    const row = rows[at];
    if (row?.status === "finished") latest.push(row);
  }
  const [last] = latest;
  if (last === undefined) return null;
  const mean = latest.reduce((sum, { totalMs }) => sum + (totalMs ?? 0), 0) / latest.length;
  return mean * Math.max(0, rounds - last.number);
}
