import { stream } from "@tributary/protocol";
import { holdoutOf } from "../job/job-spec.js";
import { validationCount } from "../local/validation-split.js";
import type { JobEffect, ScoringPhase } from "./events.js";
import { isLeftOut } from "./history.js";
import {
  type Aggregating,
  type Evaluating,
  eligibleFor,
  type JobState,
  type Personalising,
  type Phase,
  trainersThere,
} from "./state.js";
import type { WorkerScore } from "./worker-scores.js";

/** A phase in which workers that train score models on what they hold back. One that leaves is waited for until the deadline. */
export type Scoring = Evaluating | Personalising;

export const isScoring = (phase: Phase): phase is Scoring =>
  phase.kind === "evaluating" || phase.kind === "personalising";

/**
 * Workers whose scores of a round's model are wanted, sorted: all that may be selected, or no more than `evaluation.workers.maximum` of
 * those that hold enough samples, drawn from the stream ("scorers", round). Who may not train has no say in when the job stops. Those that
 * were there when the round opened and are away now are among them: after a death they may well come back.
 */
export function scorersOf(state: JobState, { round, updates, roster }: Aggregating): string[] {
  const { spec, workers, histories } = state;
  const holdout = holdoutOf(spec);
  if (holdout === undefined) return [];
  // In asynchronous jobs updates also come from workers that were gone when the round opened; what those hold is not known.
  const known = [
    ...updates.map(({ worker }) => ({ name: worker, samples: Number.POSITIVE_INFINITY })),
    ...roster.trainers,
  ];
  const away = known.filter(({ name }) => !workers.has(name) && !isLeftOut(histories, name, round));
  const samples = new Map([...away, ...eligibleFor(state, round)].map((worker) => [worker.name, worker.samples]));
  const all = [...samples.keys()].sort();
  const maximum = spec.evaluation.workers?.maximum ?? all.length;
  if (all.length <= maximum) return all;
  const able = all.filter((name) => validationCount(holdout, samples.get(name) ?? 0) > 0);
  return stream(spec.seed, "scorers", round).shuffle(able).slice(0, maximum).sort();
}

/** Asks a worker for what it owes, if it is there. */
export function assignScoring(state: JobState, phase: Scoring, worker: string): JobEffect[] {
  const { model } = state;
  const { kind, round, attempt, awaited } = phase;
  if (model === undefined || !awaited.includes(worker) || !trainersThere(state).includes(worker)) return [];
  return [{ type: "AssignValidation", worker, phase: kind, round, attempt, model }];
}

/** Wishes that end the work of everyone who owes a score. */
export function callOffScoring(phase: Scoring, reason: string): JobEffect[] {
  const { round, attempt, awaited } = phase;
  const evaluators = phase.kind === "evaluating" ? phase.pending.flatMap(({ evaluator }) => evaluator ?? []) : [];
  const busy = new Set([...evaluators, ...awaited]);
  return [...busy].map((worker) => ({ type: "Abort", work: "scoring", worker, round, attempt, reason }));
}

/** Whether a report says what was asked: of the worker's own model only at the end. */
export const fitsPhase = ({ personal }: WorkerScore, kind: ScoringPhase): boolean =>
  (personal !== undefined) === (kind === "personalising");

/** The phase with one score more; the same phase when nobody waits for it. */
export function withScore<P extends Scoring>(phase: P, score: WorkerScore): P {
  if (!phase.awaited.includes(score.worker)) return phase;
  return { ...withoutAwaited(phase, score.worker), scores: [...phase.scores, score] };
}

export const withoutAwaited = <P extends Scoring>(phase: P, worker: string): P => ({
  ...phase,
  awaited: phase.awaited.filter((name) => name !== worker),
});
