import { type UnfitWorker, unfitness } from "../job/capabilities.js";
import { type JobSpec, workersNeeded } from "../job/job-spec.js";
import { strategyOf } from "../strategies/strategies.js";
import type {
  AcceptedUpdate,
  EvaluationReport,
  JobEffect,
  JobOutcome,
  ModelVersion,
  Refusal,
  StopReason,
  TimerId,
  WorkerFacts,
} from "./events.js";
import { type AssignmentName, emptyFlow, type Flow } from "./flow.js";
import { type Histories, historyOf, isLeftOut } from "./history.js";
import type { Roster } from "./roster.js";
import type { BestScore, Clock } from "./stopping.js";
import type { WorkerScore } from "./worker-scores.js";

/** Something to be scored. */
export interface PendingEvaluation {
  /** "" is the global model, otherwise a worker whose update it is. */
  readonly subject: string;
  /** Who was asked; undefined while no evaluator is there. */
  readonly evaluator: string | undefined;
}

/**
 * Where a job stands. One of these at a time; what a phase does not need, it does not hold.
 *
 * `waiting`, `training`, `evaluating`, `personalising` and `retrying` have a timer each, so that none is for ever. `created` and `aggregating`
 * wait for the shell itself, which answers with `JobStarted`, `Committed` or `JobBroken`. `paused` waits for a person.
 */
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
      readonly roster: Roster;
    }
  | {
      readonly kind: "aggregating";
      readonly round: number;
      readonly attempt: number;
      readonly updates: readonly AcceptedUpdate[];
      readonly roster: Roster;
    }
  | {
      readonly kind: "evaluating";
      readonly round: number;
      readonly attempt: number;
      readonly updates: readonly AcceptedUpdate[];
      readonly pending: readonly PendingEvaluation[];
      readonly reports: readonly EvaluationReport[];
      /** Workers whose own scores are waited for; those that came. */
      readonly awaited: readonly string[];
      readonly scores: readonly WorkerScore[];
      /** Workers that said that they hold too few samples to hold some back. */
      readonly lacking: readonly string[];
    }
  /** The last model is there, and workers make their own ones of it. */
  | {
      readonly kind: "personalising";
      readonly round: number;
      readonly attempt: number;
      /** Why the job is over then. */
      readonly reason: StopReason;
      readonly awaited: readonly string[];
      readonly scores: readonly WorkerScore[];
    }
  /** It stopped for want of updates or by a fault, and goes on by itself. */
  | { readonly kind: "retrying"; readonly round: number; readonly attempt: number; readonly reason: string }
  /** It stands still until somebody resumes it, and then goes on with what is held. */
  | { readonly kind: "paused"; readonly held: Held; readonly reason: string }
  | { readonly kind: "ended"; readonly outcome: JobOutcome };

/** What a paused job goes on with: what it had when it was paused, the accepted updates too. */
export type Held = Extract<Phase, { kind: "created" | "waiting" | "training" | "evaluating" | "personalising" }>;

export type Waiting = Extract<Phase, { kind: "waiting" }>;
export type Training = Extract<Phase, { kind: "training" }>;
export type Aggregating = Extract<Phase, { kind: "aggregating" }>;
export type Evaluating = Extract<Phase, { kind: "evaluating" }>;
export type Personalising = Extract<Phase, { kind: "personalising" }>;
export type Retrying = Extract<Phase, { kind: "retrying" }>;

/** An attempt that closed without hearing from these workers. */
export interface ClosedAttempt {
  readonly round: number;
  readonly attempt: number;
  readonly unheard: readonly string[];
}

export interface JobState {
  readonly spec: JobSpec;
  readonly phase: Phase;
  /** The newest committed version; undefined only before the job started. */
  readonly model: ModelVersion | undefined;
  /** Who is connected, by name. */
  readonly workers: ReadonlyMap<string, WorkerFacts>;
  /** Who was connected when the coordinator stopped, and is not back: until an evaluation waited for them in vain, they may come. */
  readonly away: readonly WorkerFacts[];
  /** No evaluator came during a whole evaluation: until one joins, no further round waits for it. */
  readonly evaluatorMissing: boolean;
  /** The attempt from which `maxAttempts` is counted: 1, or the first after the job went on. */
  readonly firstAttempt: number;
  /** How often the job went on by itself since its newest version. */
  readonly retries: number;
  /** Why the job is to be paused as soon as the aggregation under way is done. */
  readonly pausing: string | undefined;
  /** The newest attempt that closed: of its updates, those that come late are counted. */
  readonly closed: ClosedAttempt | undefined;
  /** Of each worker that must know it the last update that counted. */
  readonly counted: Readonly<Record<string, CountedUpdate>>;
  /** What the selection of cohorts remembers, by worker. */
  readonly histories: Histories;
  readonly best: BestScore | undefined;
  readonly clock: Clock;
  /** What goes on beside the phases of an asynchronous job; undefined: its strategy works in rounds. */
  readonly flow: Flow | undefined;
  /** Bytes of models that workers were asked to take, and of updates as they were sent. */
  readonly bytes: number;
}

/** An update that became part of a version; in an asynchronous job also one that waits for it. */
export interface CountedUpdate extends AssignmentName {
  /** The one before, in an asynchronous job: it counts again when this one is let go. Absent: there was none. */
  readonly before?: AssignmentName;
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
  away: [],
  evaluatorMissing: false,
  firstAttempt: 1,
  retries: 0,
  pausing: undefined,
  closed: undefined,
  counted: {},
  histories: new Map(),
  best: undefined,
  clock: { ms: 0 },
  flow: strategyOf(spec).asynchronous === undefined ? undefined : emptyFlow,
  bytes: 0,
});

/** Names of the connected workers that can evaluate for the job, sorted. */
export const evaluatorsThere = (state: JobState): string[] =>
  holdersOf(state, "evaluate")
    .filter(isAble)
    .map(({ name }) => name);

/** Names of the connected workers that can score models on what they hold back, sorted. */
export const trainersThere = (state: JobState): string[] =>
  holdersOf(state, "train")
    .filter(isAble)
    .map(({ name }) => name);

/** The connected workers that may be selected for this round, sorted by name. */
export const eligibleFor = (state: JobState, round: number): WorkerFacts[] =>
  holdersOf(state, "train").filter((worker) => isAble(worker) && reasonAgainst(state, worker, round) === undefined);

const isAble = ({ lacks = [] }: WorkerFacts): boolean => lacks.length === 0;

function reasonAgainst({ spec, histories }: JobState, worker: WorkerFacts, round: number): string | undefined {
  return isLeftOut(histories, worker.name, round)
    ? `is left out through round ${historyOf(histories, worker.name).leftOutThrough}: too many of its updates were refused`
    : unfitness(spec.cohort, worker);
}

/** The connected workers of this role that hold the job's data set, sorted by name. */
const holdersOf = ({ workers, spec }: JobState, role: WorkerFacts["role"]): WorkerFacts[] =>
  [...workers.values()]
    .filter((worker) => worker.role === role && worker.dataset === spec.dataset)
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** What a round that can't begin waits for. */
export interface Shortage {
  /** Workers that must be there. */
  readonly needed: number;
  /** Those that are there, train every op of the network, and may be selected. */
  readonly able: number;
  /** Those that are there and do not, with the ops that they lack. */
  readonly unable: readonly { readonly worker: string; readonly ops: readonly string[] }[];
  /** Those that do, and may not be selected all the same. Absent: none. */
  readonly unfit?: readonly UnfitWorker[];
}

export function shortageOf(state: JobState): Shortage {
  const holders = holdersOf(state, "train");
  const unable = holders.flatMap(({ name, lacks = [] }) => (lacks.length > 0 ? [{ worker: name, ops: lacks }] : []));
  const round = "round" in state.phase ? state.phase.round : 0;
  const unfit = holders.filter(isAble).flatMap((worker) => {
    const reason = reasonAgainst(state, worker, round);
    return reason === undefined ? [] : [{ worker: worker.name, reason }];
  });
  const able = holders.length - unable.length - unfit.length;
  return { needed: workersNeeded(state.spec), able, unable, ...(unfit.length > 0 && { unfit }) };
}

export const stay = (state: JobState): Transition => ({ state, effects: [] });

export const prepend = (effects: readonly JobEffect[], { state, effects: rest }: Transition): Transition => ({
  state,
  effects: [...effects, ...rest],
});

export type Timed = Waiting | Training | Evaluating | Personalising | Retrying;

const timerOf = ({ kind, round, attempt }: Timed): TimerId => ({ phase: kind, round, attempt });

/** The wish for the timer of a phase that waits for others. */
export function setTimer(phase: Timed, spec: JobSpec): JobEffect {
  const { cohort, evaluation, personalisation, retryAfterSeconds } = spec;
  const seconds = {
    waiting: cohort.waitSeconds,
    training: cohort.deadlineSeconds,
    evaluating: evaluation.deadlineSeconds,
    personalising: personalisation?.deadlineSeconds ?? evaluation.deadlineSeconds,
    retrying: retryAfterSeconds,
  }[phase.kind];
  return { type: "SetTimer", timer: timerOf(phase), ms: Math.ceil(seconds * 1000) };
}

export const clearTimer = (phase: Timed): JobEffect => ({ type: "ClearTimer", timer: timerOf(phase) });

/** Whether this is the timer of the present phase. */
export const isCurrent = (phase: Phase, { phase: kind, round, attempt }: TimerId): phase is Timed =>
  phase.kind === kind && phase.round === round && phase.attempt === attempt;
