import { isEvaluated, type JobSpec } from "../job/job-spec.js";
import { selectCohort } from "./cohort.js";
import type {
  AcceptedUpdate,
  EvaluationReport,
  JobEffect,
  JobEvent,
  JobOutcome,
  ModelVersion,
  Refusal,
  TimerId,
  WorkerFacts,
} from "./events.js";

/** Where a job stands. One of these at a time; what a phase does not need, it does not hold. */
export type Phase =
  | { readonly kind: "created" }
  /** Too few workers to begin the round. */
  | { readonly kind: "waiting"; readonly round: number; readonly attempt: number }
  | {
      readonly kind: "training";
      readonly round: number;
      readonly attempt: number;
      readonly cohort: readonly string[];
      readonly updates: readonly AcceptedUpdate[];
      readonly refusals: readonly Refusal[];
    }
  | {
      readonly kind: "aggregating";
      readonly round: number;
      readonly attempt: number;
      readonly updates: readonly AcceptedUpdate[];
    }
  | {
      readonly kind: "evaluating";
      readonly round: number;
      readonly attempt: number;
      readonly updates: readonly AcceptedUpdate[];
      /** What is still to be scored: "" is the global model, otherwise a worker's update. */
      readonly pending: readonly string[];
      readonly reports: readonly EvaluationReport[];
    }
  | { readonly kind: "ended"; readonly outcome: JobOutcome };

export interface JobState {
  readonly spec: JobSpec;
  readonly phase: Phase;
  /** The newest committed version; undefined only before the job started. */
  readonly model: ModelVersion | undefined;
  /** Who is connected, by name. */
  readonly workers: ReadonlyMap<string, WorkerFacts>;
}

export interface Transition {
  readonly state: JobState;
  readonly effects: readonly JobEffect[];
}

export const initialState = (spec: JobSpec): JobState => ({
  spec,
  phase: { kind: "created" },
  model: undefined,
  workers: new Map(),
});

/**
 * The round machine: what happens next, given what is and what came. Pure; the same events give the same state.
 * An event that does not fit the phase (late, repeated, of another round) changes nothing.
 */
export function transition(state: JobState, event: JobEvent): Transition {
  if (state.phase.kind === "ended") return stay(state);
  switch (event.type) {
    case "JobStarted":
      return state.phase.kind === "created" ? beginRound({ ...state, model: event.model }, 1, 1) : stay(state);
    case "WorkerJoined":
      return workerJoined(withWorker(state, event.worker), event.worker.name);
    case "WorkerLeft":
      return workerLeft(withoutWorker(state, event.name));
    case "UpdateAccepted":
      return updateAccepted(state, event);
    case "UpdateRefused":
      return updateRefused(state, event);
    case "Committed":
      return committed(state, event.model);
    case "EvaluationReported":
      return evaluationSettled(state, event.round, event.report.subject, event.report);
    case "EvaluationFailed":
      return evaluationSettled(state, event.round, event.subject, undefined);
    case "DeadlinePassed":
      return deadlinePassed(state, event.timer);
    case "CancelRequested":
      return end(state, { kind: "cancelled" });
    case "JobBroken":
      return end(state, { kind: "failed", reason: event.reason });
    case "CoordinatorRestarted":
      return restarted({ ...state, workers: new Map() });
    default:
      return event satisfies never;
  }
}

// ---- a round begins --------------------------------------------------------------------------------------------

function beginRound(state: JobState, round: number, attempt: number): Transition {
  const { spec, model } = state;
  const eligible = [...state.workers.values()].filter((worker) => trainsFor(spec, worker)).map(({ name }) => name);
  if (model === undefined || eligible.length < spec.cohort.minimum) {
    const waiting: Phase = { kind: "waiting", round, attempt };
    return { state: { ...state, phase: waiting }, effects: [setTimer(waiting, spec.cohort.waitSeconds)] };
  }
  const cohort = selectCohort(eligible, spec.cohort.size, { seed: spec.seed, round, attempt });
  const phase: Phase = { kind: "training", round, attempt, cohort, updates: [], refusals: [] };
  return {
    state: { ...state, phase },
    effects: [
      { type: "OpenRound", round, attempt, cohort },
      setTimer(phase, spec.cohort.deadlineSeconds),
      ...cohort.map((worker): JobEffect => ({ type: "AssignTraining", worker, round, attempt, model })),
    ],
  };
}

const trainsFor = (spec: JobSpec, worker: WorkerFacts): boolean =>
  worker.role === "train" && worker.dataset === spec.dataset;

const evaluatesFor = (spec: JobSpec, worker: WorkerFacts): boolean =>
  worker.role === "evaluate" && worker.dataset === spec.dataset;

function workerJoined(state: JobState, name: string): Transition {
  const { phase, model } = state;
  if (phase.kind === "waiting") {
    const begun = beginRound(state, phase.round, phase.attempt);
    if (begun.state.phase.kind === "waiting") return stay(state);
    return { state: begun.state, effects: [{ type: "ClearTimer", timer: timerOf(phase) }, ...begun.effects] };
  }
  if (phase.kind === "training" && model !== undefined && isAwaited(phase, name)) {
    const { round, attempt } = phase;
    return { state, effects: [{ type: "AssignTraining", worker: name, round, attempt, model }] };
  }
  if (phase.kind === "evaluating") return { state, effects: assignEvaluations(state, phase, name) };
  return stay(state);
}

/** What a lost evaluator had to score goes to those that are left. The lost worker of a cohort may come back until the deadline. */
function workerLeft(state: JobState): Transition {
  const { phase } = state;
  if (phase.kind !== "evaluating") return stay(state);
  return { state, effects: [...state.workers.keys()].sort().flatMap((name) => assignEvaluations(state, phase, name)) };
}

type Training = Extract<Phase, { kind: "training" }>;
type Evaluating = Extract<Phase, { kind: "evaluating" }>;

/** Selected, and neither its update nor a refusal has come. */
const isAwaited = ({ cohort, updates, refusals }: Training, name: string): boolean =>
  cohort.includes(name) &&
  !updates.some(({ worker }) => worker === name) &&
  !refusals.some(({ worker }) => worker === name);

// ---- updates come ----------------------------------------------------------------------------------------------

function updateAccepted(state: JobState, event: Extract<JobEvent, { type: "UpdateAccepted" }>): Transition {
  const { phase } = state;
  if (!isOpen(phase, event) || !isAwaited(phase, event.update.worker)) return stay(state);
  return closeIfComplete(state, { ...phase, updates: [...phase.updates, event.update] });
}

function updateRefused(state: JobState, event: Extract<JobEvent, { type: "UpdateRefused" }>): Transition {
  const { phase } = state;
  if (!isOpen(phase, event) || !isAwaited(phase, event.refusal.worker)) return stay(state);
  return closeIfComplete(state, { ...phase, refusals: [...phase.refusals, event.refusal] });
}

const isOpen = (phase: Phase, { round, attempt }: { round: number; attempt: number }): phase is Training =>
  phase.kind === "training" && phase.round === round && phase.attempt === attempt;

function closeIfComplete(state: JobState, phase: Training): Transition {
  const answered = phase.updates.length + phase.refusals.length;
  if (answered < phase.cohort.length) return stay({ ...state, phase });
  return closeTraining(state, phase, "too few updates passed admission");
}

function closeTraining(state: JobState, phase: Training, shortfall: string): Transition {
  const { round, attempt, cohort } = phase;
  const quorum = Math.min(state.spec.cohort.quorum ?? 1, cohort.length);
  const late = cohort.filter((name) => isAwaited(phase, name));
  const clearing: JobEffect[] = [
    { type: "ClearTimer", timer: timerOf(phase) },
    ...late.map((worker): JobEffect => ({ type: "Abort", worker, round, attempt, reason: "the round closed" })),
  ];
  if (phase.updates.length >= quorum) {
    const updates = [...phase.updates].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    return {
      state: { ...state, phase: { kind: "aggregating", round, attempt, updates } },
      effects: [...clearing, { type: "Aggregate", round, attempt, updates }],
    };
  }
  const closing: JobEffect[] = [...clearing, { type: "CloseRound", round, attempt }];
  if (attempt >= state.spec.cohort.maxAttempts) {
    const reason = `round ${round}: ${shortfall} (${phase.updates.length} of ${quorum}) in ${attempt} attempts`;
    return prepend(closing, end({ ...state, phase: { kind: "created" } }, { kind: "failed", reason }));
  }
  return prepend(closing, beginRound(state, round, attempt + 1));
}

// ---- a model is committed, scored, and the next round begins ---------------------------------------------------

function committed(state: JobState, model: ModelVersion): Transition {
  const { phase, spec } = state;
  if (phase.kind !== "aggregating" || model.round !== phase.round) return stay(state);
  const { round, attempt, updates } = phase;
  const next: JobState = { ...state, model };
  if (!isEvaluated(spec, round))
    return prepend([{ type: "CloseRound", round, attempt }], afterRound(next, round, undefined));
  const pending = ["", ...(spec.evaluation.updates ? updates.map(({ worker }) => worker) : [])];
  const evaluating: Evaluating = { kind: "evaluating", round, attempt, updates, pending, reports: [] };
  const evaluators = [...state.workers.keys()].sort();
  return {
    state: { ...next, phase: evaluating },
    effects: [
      setTimer(evaluating, spec.evaluation.deadlineSeconds),
      ...evaluators.flatMap((name) => assignEvaluations(next, evaluating, name)),
    ],
  };
}

/** Subjects are shared out over the evaluators by their place in the sorted list, so that no two score the same one. */
function assignEvaluations(state: JobState, phase: Evaluating, name: string): JobEffect[] {
  const { spec, model } = state;
  const evaluators = [...state.workers.values()]
    .filter((worker) => evaluatesFor(spec, worker))
    .map((worker) => worker.name);
  const place = evaluators.sort().indexOf(name);
  if (place < 0 || model === undefined) return [];
  return phase.pending
    .filter((_, index) => index % evaluators.length === place)
    .map((subject): JobEffect => {
      const version = phase.updates.find(({ worker }) => worker === subject) ?? model;
      const { digest, size } = version;
      return { type: "AssignEvaluation", evaluator: name, round: phase.round, subject, digest, size };
    });
}

function evaluationSettled(
  state: JobState,
  round: number,
  subject: string,
  report: EvaluationReport | undefined,
): Transition {
  const { phase } = state;
  if (phase.kind !== "evaluating" || phase.round !== round || !phase.pending.includes(subject)) return stay(state);
  const settled: Evaluating = {
    ...phase,
    pending: phase.pending.filter((name) => name !== subject),
    reports: report === undefined ? phase.reports : [...phase.reports, report],
  };
  if (settled.pending.length > 0) return stay({ ...state, phase: settled });
  return closeEvaluation(state, settled);
}

function closeEvaluation(state: JobState, phase: Evaluating): Transition {
  const { round, attempt } = phase;
  const accuracy = phase.reports.find(({ subject }) => subject === "")?.accuracy;
  return prepend(
    [
      { type: "ClearTimer", timer: timerOf(phase) },
      { type: "CloseRound", round, attempt },
    ],
    afterRound(state, round, accuracy),
  );
}

function afterRound(state: JobState, round: number, accuracy: number | undefined): Transition {
  const { spec } = state;
  const target = spec.stop.accuracy;
  const settled: JobState = { ...state, phase: { kind: "created" } };
  if (target !== undefined && accuracy !== undefined && accuracy >= target)
    return end(settled, { kind: "completed", reason: "accuracy" });
  if (round >= spec.rounds) return end(settled, { kind: "completed", reason: "rounds" });
  return beginRound(settled, round + 1, 1);
}

// ---- waits end, jobs end, coordinators restart -----------------------------------------------------------------

function deadlinePassed(state: JobState, timer: TimerId): Transition {
  const { phase, spec } = state;
  if (!isCurrent(phase, timer)) return stay(state);
  switch (phase.kind) {
    case "waiting": {
      const { minimum, waitSeconds } = spec.cohort;
      const reason = `fewer than ${minimum} workers with data set "${spec.dataset}" came within ${waitSeconds} s`;
      return end(state, { kind: "failed", reason });
    }
    case "training":
      return closeTraining(state, phase, "too few updates came before the deadline");
    case "evaluating":
      return closeEvaluation(state, phase);
    default:
      return phase satisfies never;
  }
}

const isCurrent = (phase: Phase, timer: TimerId): phase is Extract<Phase, { kind: TimerId["phase"] }> =>
  phase.kind === timer.phase && phase.round === timer.round && phase.attempt === timer.attempt;

/** What the shell had under way is gone: wish for it again. Assignments follow as workers come back. */
function restarted(state: JobState): Transition {
  const { phase, spec } = state;
  switch (phase.kind) {
    case "created":
    case "ended":
      return stay(state);
    case "waiting":
      return { state, effects: [setTimer(phase, spec.cohort.waitSeconds)] };
    case "training": {
      const { round, attempt, cohort } = phase;
      return {
        state,
        effects: [{ type: "OpenRound", round, attempt, cohort }, setTimer(phase, spec.cohort.deadlineSeconds)],
      };
    }
    case "aggregating": {
      const { round, attempt, updates } = phase;
      return { state, effects: [{ type: "Aggregate", round, attempt, updates }] };
    }
    case "evaluating":
      return { state, effects: [setTimer(phase, spec.evaluation.deadlineSeconds)] };
    default:
      return phase satisfies never;
  }
}

function end(state: JobState, outcome: JobOutcome): Transition {
  const { phase } = state;
  const effects: JobEffect[] = [];
  if (phase.kind === "waiting" || phase.kind === "training" || phase.kind === "evaluating")
    effects.push({ type: "ClearTimer", timer: timerOf(phase) });
  if (phase.kind === "training") {
    const { round, attempt } = phase;
    for (const worker of phase.cohort.filter((name) => isAwaited(phase, name)))
      effects.push({ type: "Abort", worker, round, attempt, reason: "the job ended" });
  }
  if (phase.kind === "training" || phase.kind === "aggregating" || phase.kind === "evaluating")
    effects.push({ type: "CloseRound", round: phase.round, attempt: phase.attempt });
  return { state: { ...state, phase: { kind: "ended", outcome } }, effects: [...effects, { type: "Finish", outcome }] };
}

// ---- small words -----------------------------------------------------------------------------------------------

const stay = (state: JobState): Transition => ({ state, effects: [] });

const prepend = (effects: readonly JobEffect[], { state, effects: rest }: Transition): Transition => ({
  state,
  effects: [...effects, ...rest],
});

type Timed = Extract<Phase, { kind: TimerId["phase"] }>;
const timerOf = ({ kind, round, attempt }: Timed): TimerId => ({ phase: kind, round, attempt });
const setTimer = (phase: Timed, seconds: number): JobEffect => ({
  type: "SetTimer",
  timer: timerOf(phase),
  ms: seconds * 1000,
});

function withWorker(state: JobState, worker: WorkerFacts): JobState {
  return { ...state, workers: new Map(state.workers).set(worker.name, worker) };
}

function withoutWorker(state: JobState, name: string): JobState {
  const workers = new Map(state.workers);
  workers.delete(name);
  return { ...state, workers };
}
