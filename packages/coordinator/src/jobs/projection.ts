import {
  type AssignmentName,
  bufferSizeOf,
  countsIn,
  factsOf,
  type JobEffect,
  type JobEvent,
  type JobState,
  mergedChanges,
  type Phase,
  type Score,
  settledScore,
  shortageOf,
  strategyOf,
  type Transition,
} from "@tributary/federation";
import type { JobProgress, MetricRecord, RoundRecord, Step } from "../store/records.js";

/** A journal entry before it is applied. */
export interface Entry {
  readonly job: string;
  readonly seq: number;
  readonly at: Date;
  readonly event: JobEvent;
}

/** Bytes that went over the wire for the present round. */
export interface Traffic {
  readonly down: number;
  readonly up: number;
}

/** What the tables show of a job so far: its own row, and its newest round's. */
export interface Shown {
  readonly progress: JobProgress;
  readonly round: RoundRecord | undefined;
}

/** A step without the snapshot that may go with it. */
export type Projected = Omit<Step, "snapshot">;

/** What an event changes in the tables that people read. Pure: the state machine decides, this only writes it down. */
export function project(
  entry: Entry,
  shown: Shown,
  before: JobState,
  transition: Transition,
  traffic: Traffic,
): Projected {
  const { event } = entry;
  const score = settledScore(before, event, transition.state);
  return {
    ...entry,
    score,
    progress: projectProgress(entry, shown.progress, score, transition.state),
    rounds: projectRounds(entry, shown.round, before, transition, traffic),
    metric: projectMetric(entry, before),
    facts: factsOf(entry.job, event, before, transition),
    model: event.type === "JobStarted" || event.type === "Committed" ? event.model : undefined,
  };
}

function projectProgress(
  { at, event }: Entry,
  last: JobProgress,
  score: Score | undefined,
  state: JobState,
): JobProgress {
  const { phase } = state;
  const progress: JobProgress = {
    ...last,
    settings: event.type === "SettingsChanged" ? mergedChanges(last.settings, event.changes) : last.settings,
    reason: null,
    waitingFor: phase.kind === "waiting" ? shortageOf(state) : null,
    startedAt: event.type === "JobStarted" ? at : last.startedAt,
    accuracy: score?.accuracy ?? last.accuracy,
    bestAccuracy: score === undefined ? last.bestAccuracy : Math.max(score.accuracy, last.bestAccuracy ?? 0),
  };
  switch (phase.kind) {
    case "created":
      return { ...progress, status: last.status === "paused" ? "queued" : last.status };
    case "paused":
      return { ...progress, status: "paused", phase: null, reason: phase.reason, round: roundOf(phase.held, last) };
    case "retrying":
      return { ...progress, status: "running", phase: phase.kind, reason: phase.reason, round: phase.round };
    case "ended": {
      const { outcome } = phase;
      const reason = outcome.kind === "cancelled" ? null : outcome.reason;
      return { ...progress, status: outcome.kind, phase: null, reason, finishedAt: at };
    }
    default:
      return { ...progress, status: "running", phase: phase.kind, round: phase.round };
  }
}

const roundOf = (phase: Phase, last: JobProgress): number => ("round" in phase ? phase.round : last.round);

function projectRounds(
  { job, seq, at, event }: Entry,
  last: RoundRecord | undefined,
  before: JobState,
  { state, effects }: Transition,
  traffic: Traffic,
): RoundRecord[] {
  const changed: RoundRecord[] = [];
  const touches = event.type === "UpdateAccepted" || event.type === "UpdateRefused" || isEvaluation(event);
  const asked =
    state.flow === undefined
      ? []
      : effects.flatMap((effect) => (effect.type === "AssignTraining" ? [effect.worker] : []));
  if (last !== undefined && last.finishedAt === null && (touches || asked.length > 0 || before.phase !== state.phase)) {
    const cohort = before.phase.kind === "training" ? joint(last.cohort, asked) : last.cohort;
    const round = { ...last, cohort, seq, bytesDown: traffic.down, bytesUp: traffic.up };
    changed.push(isClosed(effects, last.number, last.attempt) ? closed(round, at, state) : advanced(round, at, state));
  }
  for (const opened of effects) {
    if (opened.type !== "OpenRound" || event.type === "CoordinatorRestarted") continue;
    const { round: number, attempt } = opened;
    const cohort = joint(opened.cohort, asked);
    const round: RoundRecord = {
      ...{ job, number, attempt, cohort, seq, status: "training", startedAt: at, finishedAt: null },
      ...{ trainingMs: null, aggregationMs: null, evaluationMs: null, bytesDown: 0, bytesUp: 0 },
    };
    changed.push(isClosed(effects, number, attempt) ? closed(round, at, state) : advanced(round, at, state));
  }
  return changed;
}

const joint = (some: readonly string[], others: readonly string[]): string[] => [...new Set([...some, ...others])];

const isClosed = (effects: readonly JobEffect[], round: number, attempt: number): boolean =>
  effects.some((effect) => effect.type === "CloseRound" && effect.round === round && effect.attempt === attempt);

const EVALUATIONS: readonly JobEvent["type"][] = [
  "EvaluationReported",
  "EvaluationFailed",
  "ValidationReported",
  "ValidationFailed",
];

const isEvaluation = ({ type }: JobEvent): boolean => EVALUATIONS.includes(type);

/** The round went on to its next phase, or stays in it. */
function advanced(round: RoundRecord, at: Date, { phase }: JobState): RoundRecord {
  if (phase.kind === "aggregating" && round.status === "training")
    return { ...round, status: "aggregating", trainingMs: since(at, round) };
  if (phase.kind !== "evaluating" && phase.kind !== "personalising") return round;
  const ms = since(at, round);
  if (round.status === "aggregating")
    return { ...round, status: phase.kind, aggregationMs: rest(ms, round.trainingMs) };
  if (phase.kind === "personalising" && round.status === "evaluating")
    return { ...round, status: phase.kind, evaluationMs: rest(ms, round.trainingMs, round.aggregationMs) };
  return round;
}

function closed(round: RoundRecord, at: Date, { model }: JobState): RoundRecord {
  const total = since(at, round);
  const trainingMs = round.trainingMs ?? total;
  const committed = model !== undefined && model.round >= round.number;
  return {
    ...round,
    status: committed ? "finished" : "abandoned",
    finishedAt: at,
    trainingMs,
    aggregationMs: round.aggregationMs ?? (committed ? rest(total, trainingMs) : null),
    evaluationMs: round.status === "evaluating" ? rest(total, trainingMs, round.aggregationMs) : round.evaluationMs,
  };
}

/** A clock that was set back shows as 0, never as a negative time. */
const since = (at: Date, { startedAt }: RoundRecord): number => Math.max(0, at.getTime() - startedAt.getTime());

/** What is left of a time after its parts; 0, too, when the clock was set back between them. */
const rest = (total: number, ...parts: readonly (number | null)[]): number =>
  Math.max(
    0,
    parts.reduce<number>((left, part) => left - (part ?? 0), total),
  );

/** The attempt that an answer of a worker is shown with: of an asynchronous job the one that it counts in. */
function shownWith({ phase, flow, spec }: JobState, { round, attempt }: AssignmentName): AssignmentName {
  const counting = flow && countsIn(phase, flow, bufferSizeOf(strategyOf(spec)));
  return counting ?? { round, attempt };
}

function projectMetric({ job, seq, event }: Entry, state: JobState): MetricRecord | undefined {
  const { phase } = state;
  const attempt = "attempt" in phase ? phase.attempt : 0;
  const nothing = { samples: null, loss: null, accuracy: null };
  switch (event.type) {
    case "UpdateAccepted": {
      const { worker, samples, digest, size, sent, metrics } = event.update;
      const { loss, accuracy } = metrics;
      const counting = shownWith(state, event);
      const staleness = counting.round - event.round;
      const place = { job, seq, ...counting, worker };
      return {
        ...place,
        samples,
        loss,
        accuracy,
        outcome: {
          ...{ kind: "update", digest, size, metrics },
          ...(sent && { sentBytes: sent.size }),
          ...(state.flow && { staleness }),
        },
      };
    }
    case "EvaluationReported": {
      const { evaluator, samples, loss, accuracy } = event.report;
      const place = { job, seq, round: event.round, attempt, worker: evaluator };
      return { ...place, samples, loss, accuracy, outcome: { kind: "evaluation", report: event.report } };
    }
    case "ValidationReported": {
      const { report } = event;
      const { worker, samples, loss, accuracy } = report;
      const place = { job, seq, round: event.round, attempt, worker };
      return { ...place, samples, loss, accuracy, outcome: { kind: "validation", report } };
    }
    case "UpdateRefused": {
      const { worker, code, message } = event.refusal;
      const place = { job, seq, ...shownWith(state, event), worker };
      return { ...place, ...nothing, outcome: { kind: "refusal", code, message } };
    }
    case "UpdateLate": {
      const place = { job, seq, ...shownWith(state, event), worker: event.worker };
      return { ...place, ...nothing, outcome: { kind: "refusal", code: "round_closed", message: "it came too late" } };
    }
    case "EvaluationFailed":
    case "ValidationFailed": {
      const { worker, code, message } = event.refusal;
      const place = { job, seq, round: event.round, attempt, worker };
      return { ...place, ...nothing, outcome: { kind: "refusal", code, message } };
    }
    default:
      return undefined;
  }
}
