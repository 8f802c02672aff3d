import type { Exclusion } from "../job/selection-spec.js";
import type { Candidate } from "./cohort.js";
import type { JobEffect, WorkerFacts } from "./events.js";
import type { Training } from "./state.js";

/** What the selection of cohorts remembers of a worker. */
export interface WorkerHistory {
  /** Attempts at rounds that it was selected for. */
  readonly selected: number;
  /** Training loss of its newest update that was accepted; absent before the first. */
  readonly loss?: number | undefined;
  /** Refused updates and failed assignments since the last one that was accepted, or since it was left out. */
  readonly refusals: number;
  /** The last round that it is left out of; 0: none. */
  readonly leftOutThrough: number;
  /** How often in a row no update came of its being selected: it was silent until the deadline, refused, or failed. */
  readonly unanswered: number;
  /** The last round in which it comes after others for that; 0: none. */
  readonly behindThrough: number;
}

export type Histories = ReadonlyMap<string, WorkerHistory>;

const unknown: WorkerHistory = { selected: 0, refusals: 0, leftOutThrough: 0, unanswered: 0, behindThrough: 0 };

/** Who was selected in vain is behind for 2 rounds, the next time for 4, and so on: up to 2 to this power. */
const LONGEST = 10;

export const historyOf = (histories: Histories, worker: string): WorkerHistory => histories.get(worker) ?? unknown;

export const isLeftOut = (histories: Histories, worker: string, round: number): boolean =>
  round <= historyOf(histories, worker).leftOutThrough;

/** Workers with what the selection of a round remembers of them. */
export const candidatesAmong = (histories: Histories, workers: readonly WorkerFacts[], round: number): Candidate[] =>
  workers.map(({ name, samples }) => {
    const { selected, loss, unanswered, behindThrough } = historyOf(histories, name);
    return { name, samples, selected, loss, unanswered: round <= behindThrough ? unanswered : 0 };
  });

/** These workers are selected once more. */
export function afterSelection(histories: Histories, cohort: readonly string[]): Histories {
  const next = new Map(histories);
  for (const worker of cohort) {
    const last = historyOf(next, worker);
    next.set(worker, { ...last, selected: last.selected + 1 });
  }
  return next;
}

/** What came of an attempt. */
interface Attempted extends Pick<Training, "round" | "updates" | "refusals"> {
  /** Those whose time passed without an answer. */
  readonly silent: readonly string[];
}

/** What came from the workers of an attempt that closes; who was refused too often is left out, and wished to be told of. */
export function afterAttempt(
  histories: Histories,
  { round, updates, refusals, silent }: Attempted,
  exclusion: Exclusion | undefined,
): { readonly histories: Histories; readonly effects: readonly JobEffect[] } {
  const next = new Map(histories);
  const effects: JobEffect[] = [];
  for (const { worker, metrics } of updates)
    next.set(worker, { ...historyOf(next, worker), loss: metrics.loss, refusals: 0, unanswered: 0, behindThrough: 0 });
  for (const worker of [...silent, ...refusals.map(({ worker }) => worker)]) {
    const last = historyOf(next, worker);
    const unanswered = last.unanswered + 1;
    next.set(worker, { ...last, unanswered, behindThrough: round + 2 ** Math.min(unanswered, LONGEST) });
  }
  for (const { worker, code } of refusals) {
    const last = historyOf(next, worker);
    const inARow = last.refusals + 1;
    if (exclusion === undefined || inARow < exclusion.refusals) {
      next.set(worker, { ...last, refusals: inARow });
      continue;
    }
    const leftOutThrough = round + exclusion.rounds;
    next.set(worker, { ...last, refusals: 0, leftOutThrough });
    effects.push({ type: "LeaveOut", worker, round, through: leftOutThrough, refusals: inARow, code });
  }
  return { histories: next, effects };
}

/** Nobody is left out any longer. */
export const readmitted = (histories: Histories): Histories =>
  new Map([...histories].map(([worker, history]) => [worker, { ...history, leftOutThrough: 0 }]));
