import { isEvaluated, workersKeep } from "../job/job-spec.js";
import { closeRound, end } from "./ending.js";
import { withoutEvaluators } from "./evaluators.js";
import type { EvaluationReport, JobEffect, JobEvent, ModelVersion } from "./events.js";
import {
  clearTimer,
  type Evaluating,
  evaluatorsThere,
  type JobState,
  type PendingEvaluation,
  prepend,
  setTimer,
  stay,
  type Transition,
} from "./state.js";
import { bestWith, stopReason } from "./stopping.js";
import { beginRound } from "./training.js";

/** The round has its model: it is scored, or the next round begins. */
export function committed(state: JobState, model: ModelVersion): Transition {
  const { phase, spec } = state;
  if (phase.kind !== "aggregating" || model.round !== phase.round) return stay(state);
  const { round, attempt, updates } = phase;
  const counted =
    workersKeep(spec) && state.flow === undefined
      ? { ...state.counted, ...Object.fromEntries(updates.map(({ worker }) => [worker, { round, attempt }])) }
      : state.counted;
  const next: JobState = { ...state, model, counted, retries: 0, firstAttempt: 1 };
  const hopeless = state.evaluatorMissing && evaluatorsThere(state).length === 0;
  if (!isEvaluated(spec, round) || hopeless) return prepend([closeRound(phase)], afterRound(next, round, undefined));
  const subjects = new Set(["", ...(spec.evaluation.updates ? updates.map(({ worker }) => worker) : [])]);
  const pending = [...subjects].map((subject) => ({ subject, evaluator: undefined }));
  const evaluating: Evaluating = { kind: "evaluating", round, attempt, updates, pending, reports: [] };
  return prepend([setTimer(evaluating, spec)], shareOut(next, evaluating));
}

/** Asks the evaluators that are there, in turn, for what nobody was asked for. */
function shareOut(state: JobState, phase: Evaluating): Transition {
  const evaluators = evaluatorsThere(state);
  const effects: JobEffect[] = [];
  let turn = 0;
  const pending = phase.pending.map((item): PendingEvaluation => {
    const evaluator = item.evaluator ?? evaluators[turn++ % evaluators.length];
    if (item.evaluator !== undefined || evaluator === undefined) return item;
    effects.push(...assignment(state, phase, item.subject, evaluator));
    return { subject: item.subject, evaluator };
  });
  return { state: { ...state, phase: { ...phase, pending } }, effects };
}

function assignment({ model }: JobState, phase: Evaluating, subject: string, evaluator: string): JobEffect[] {
  const scored = subject === "" ? model : phase.updates.find(({ worker }) => worker === subject);
  if (scored === undefined) return [];
  const { digest, size } = scored;
  return [{ type: "AssignEvaluation", evaluator, round: phase.round, subject, digest, size }];
}

/** An evaluator came, or came back: it is asked again for its own, and for what nobody was asked for. */
export function joinedEvaluating(state: JobState, phase: Evaluating, name: string): Transition {
  if (!evaluatorsThere(state).includes(name)) return stay(state);
  const own = phase.pending
    .filter(({ evaluator }) => evaluator === name)
    .flatMap(({ subject }) => assignment(state, phase, subject, name));
  return prepend(own, shareOut(state, phase));
}

/** An evaluator left: those who remain are asked for what it owed. */
export function leftEvaluating(state: JobState, phase: Evaluating, name: string): Transition {
  return shareOut(state, { ...phase, pending: withoutEvaluators(phase.pending, (evaluator) => evaluator === name) });
}

export function evaluationReported(
  state: JobState,
  { round, report }: Extract<JobEvent, { type: "EvaluationReported" }>,
): Transition {
  const { phase } = state;
  if (phase.kind !== "evaluating" || phase.round !== round) return stay(state);
  if (!phase.pending.some(({ subject }) => subject === report.subject)) return stay(state);
  const bytes = state.bytes + (state.model?.size ?? 0);
  return settled({ ...state, bytes }, { ...phase, reports: [...phase.reports, report] }, report.subject);
}

/** Without a score the round goes on. What an evaluator says that is no longer asked changes nothing. */
export function evaluationFailed(
  state: JobState,
  { round, subject, refusal }: Extract<JobEvent, { type: "EvaluationFailed" }>,
): Transition {
  const { phase } = state;
  if (phase.kind !== "evaluating" || phase.round !== round) return stay(state);
  if (!phase.pending.some((item) => item.subject === subject && item.evaluator === refusal.worker)) return stay(state);
  return settled(state, phase, subject);
}

function settled(state: JobState, phase: Evaluating, subject: string): Transition {
  const pending = phase.pending.filter((item) => item.subject !== subject);
  const next: Evaluating = { ...phase, pending };
  return pending.length > 0 ? stay({ ...state, phase: next }) : closeEvaluation(state, next);
}

/** The round goes on with the scores that it has. */
export function closeEvaluation(state: JobState, phase: Evaluating): Transition {
  const report = phase.reports.find(({ subject }) => subject === "");
  const next: JobState = { ...state, best: bestWith(state, phase.round, report) };
  return prepend([clearTimer(phase), closeRound(phase)], afterRound(next, phase.round, report));
}

function afterRound(state: JobState, round: number, report: EvaluationReport | undefined): Transition {
  // What the round held is let go already.
  const between: JobState = { ...state, phase: { kind: "created" } };
  const reason = stopReason(state, round, report);
  return reason === undefined ? beginRound(between, round + 1, 1) : end(between, { kind: "completed", reason });
}
