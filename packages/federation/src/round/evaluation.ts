import { holdoutOf, isEvaluated, workersKeep } from "../job/job-spec.js";
import { closeRound, end } from "./ending.js";
import { withoutEvaluators } from "./evaluators.js";
import { type JobEffect, type JobEvent, type ModelVersion, sentSize } from "./events.js";
import { globalScore } from "./global-score.js";
import { beginPersonalisation, closePersonalisation, type LastRound } from "./personalisation.js";
import {
  assignScoring,
  callOffScoring,
  fitsPhase,
  isScoring,
  type Scoring,
  scorersOf,
  withoutAwaited,
  withScore,
} from "./scoring.js";
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
import type { Score } from "./worker-scores.js";

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
  const isLast = stopReason(next, round, undefined) !== undefined;
  if (!isEvaluated(spec, round, isLast)) return afterRound(next, phase, undefined);
  const awaited = scorersOf(next, phase);
  const isFederated = holdoutOf(spec) !== undefined;
  // One that was there when the round opened may well come back: it is waited for like any other.
  const isExpected = phase.roster.hasEvaluator || evaluatorsThere(state).length > 0;
  const hopeless = (state.evaluatorMissing || isFederated) && !isExpected;
  if (hopeless && awaited.length === 0) return afterRound(next, phase, undefined);
  const subjects = new Set(
    hopeless ? [] : ["", ...(spec.evaluation.updates ? updates.map(({ worker }) => worker) : [])],
  );
  const pending = [...subjects].map((subject) => ({ subject, evaluator: undefined }));
  const evaluating: Evaluating = {
    ...{ kind: "evaluating", round, attempt, updates, pending, reports: [], awaited, scores: [], lacking: [] },
  };
  const asked = awaited.flatMap((worker) => assignScoring(next, evaluating, worker));
  return prepend([setTimer(evaluating, spec), ...asked], shareOut(next, evaluating));
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

/** A worker came, or came back, that owes its score. An evaluator that did: it is asked again for its own, and for what nobody was asked for. */
export function joinedEvaluating(state: JobState, phase: Evaluating, name: string): Transition {
  if (phase.awaited.includes(name)) return { state, effects: assignScoring(state, phase, name) };
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
  const bytes = state.bytes + (state.model === undefined ? 0 : sentSize(state.model));
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
  return closeIfScored(state, { ...phase, pending });
}

/** A worker's own score of a model came: of the one that is evaluated, or at the end. */
export function scoreReported(state: JobState, event: Extract<JobEvent, { type: "ValidationReported" }>): Transition {
  const { phase } = state;
  if (!isScoring(phase) || phase.round !== event.round || !fitsPhase(event.report, phase.kind)) return stay(state);
  const next = withScore(phase, event.report);
  if (next === phase) return stay(state);
  return closeIfScored(
    { ...state, bytes: state.bytes + (state.model === undefined ? 0 : sentSize(state.model)) },
    next,
  );
}

/** Without its score the job goes on. */
export function scoringFailed(
  state: JobState,
  { round, phase: asked, refusal }: Extract<JobEvent, { type: "ValidationFailed" }>,
): Transition {
  const { phase } = state;
  if (!isScoring(phase) || phase.kind !== asked || phase.round !== round) return stay(state);
  const { worker, code } = refusal;
  if (!phase.awaited.includes(worker)) return stay(state);
  const rest = withoutAwaited(phase, worker);
  const isLacking = rest.kind === "evaluating" && code === "too_few_samples";
  return closeIfScored(state, isLacking ? { ...rest, lacking: [...rest.lacking, worker] } : rest);
}

function closeIfScored(state: JobState, phase: Scoring): Transition {
  if (phase.awaited.length > 0) return stay({ ...state, phase });
  if (phase.kind === "personalising") return closePersonalisation(state, phase);
  return phase.pending.length > 0 ? stay({ ...state, phase }) : closeEvaluation(state, phase);
}

/** The round goes on with the scores that it has. */
export function closeEvaluation(state: JobState, phase: Evaluating): Transition {
  const score = globalScore(phase);
  const next: JobState = { ...state, best: bestWith(state, phase.round, score) };
  const owed = callOffScoring(phase, "the round goes on without");
  return prepend([clearTimer(phase)], afterRound(next, { ...phase, owed }, score));
}

/** The next round begins, or the job comes to its end. */
function afterRound(state: JobState, last: LastRound, score: Score | undefined): Transition {
  // What the round held is let go already.
  const between: JobState = { ...state, phase: { kind: "created" } };
  const reason = stopReason(state, last.round, score);
  if (reason === undefined) return prepend([closeRound(last)], beginRound(between, last.round + 1, 1));
  return state.spec.personalisation === undefined
    ? prepend([closeRound(last)], end(between, { kind: "completed", reason }))
    : beginPersonalisation(between, last, reason);
}
