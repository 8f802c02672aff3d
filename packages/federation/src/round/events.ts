import type { JobChanges } from "../job/job-changes.js";
import type { WorkerScore } from "./worker-scores.js";

/** A version of the global model: the parameters after a round. Round 0 is the initial one. */
export interface ModelVersion {
  readonly round: number;
  /** SHA-256 of the encoded parameter set, hexadecimal. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** As it is sent, where the job's codec makes few bytes of it. Absent: as it is. */
  readonly packed?: { readonly digest: string; readonly size: number } | undefined;
  /** What the strategy keeps beside it for the next round: a parameter set of its own. Absent: nothing. */
  readonly state?: { readonly digest: string; readonly size: number } | undefined;
  /** Bytes of what goes along with it to workers that train, of what the strategy keeps. Absent: nothing does. */
  readonly vectorBytes?: number | undefined;
}

/** Bytes that a model is sent as. */
export const sentSize = ({ packed, size }: Pick<ModelVersion, "packed" | "size">): number => packed?.size ?? size;

/** Bytes that a worker is sent to train on. */
export const trainingSize = (model: ModelVersion): number => sentSize(model) + (model.vectorBytes ?? 0);

export interface WorkerFacts {
  readonly name: string;
  readonly role: "train" | "evaluate";
  readonly dataset: string;
  /** Samples that its shard holds. */
  readonly samples: number;
  /** Ops of the job's network that it does not train: with one of them it has no part in the job. Absent: none. */
  readonly lacks?: readonly string[];
  /** What its owner calls it. Absent: nothing. */
  readonly tags?: readonly string[];
  /** Where it computes: "native" or "wasm". */
  readonly backend?: string;
  /** Bytes of memory that it may use. Absent: it did not tell. */
  readonly memory?: number;
}

export interface UpdateMetrics {
  /** Mean training loss over the samples seen. */
  readonly loss: number;
  /** Fraction of the samples seen that were predicted correctly while training, 0 to 1. */
  readonly accuracy: number;
  readonly batches: number;
  readonly samplesSeen: number;
  readonly downloadMs: number;
  readonly trainMs: number;
  readonly uploadMs: number;
}

/** What was accepted from a worker: the blob is durable, its admission checks passed. */
export interface AcceptedUpdate {
  readonly worker: string;
  readonly digest: string;
  readonly size: number;
  /** That the worker trains on. */
  readonly samples: number;
  readonly metrics: UpdateMetrics;
  /** As it was sent, where the job's codec made few bytes of it. Absent: as it is. */
  readonly sent?: { readonly digest: string; readonly size: number } | undefined;
  /** In asynchronous jobs: the assignment that it answers, and the digest of the version of the round before, which it began with. */
  readonly began?: { readonly round: number; readonly attempt: number; readonly digest: string } | undefined;
}

export interface EvaluationReport {
  /** "" is the global model, otherwise the worker whose update was scored. */
  readonly subject: string;
  readonly evaluator: string;
  readonly samples: number;
  readonly loss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** classes * classes counts, row: label, column: prediction. */
  readonly confusion: readonly number[];
}

export interface Refusal {
  readonly worker: string;
  /** Code of the error catalogue. */
  readonly code: string;
  readonly message: string;
}

/** Names one waiting: a timer of an earlier round, attempt or phase is stale and changes nothing. */
export interface TimerId {
  /** Whose time it is; "clock": that of the whole job, beside the phase's own. */
  readonly phase: "waiting" | "training" | "evaluating" | "personalising" | "retrying" | "clock";
  readonly round: number;
  readonly attempt: number;
  /** Whose assignment it is the deadline of, in an asynchronous job. */
  readonly worker?: string | undefined;
}

/** Equal for equal timers, and for no others. */
export const timerName = ({ phase, round, attempt, worker = "" }: TimerId): string =>
  `${phase}/${round}/${attempt}/${worker}`;

/** When the workers that train score models: after a round, and after the last one with their own. */
export type ScoringPhase = "evaluating" | "personalising";

/** Facts. The journal is a list of them, and the state of a job is a function of the list. */
export type JobEvent = JobFact & {
  /** When it happened, ms since 1970, or of virtual time. Only in jobs that end by the clock. */
  readonly at?: number;
};

type JobFact =
  /** The job begins, with its initial model: that of round 0, or a version of another job, whose rounds are counted on. */
  | { readonly type: "JobStarted"; readonly model: ModelVersion }
  /** A worker is connected and free for work of this job; also after each reconnection. */
  | { readonly type: "WorkerJoined"; readonly worker: WorkerFacts }
  | { readonly type: "WorkerLeft"; readonly name: string }
  | {
      readonly type: "UpdateAccepted";
      readonly round: number;
      readonly attempt: number;
      readonly update: AcceptedUpdate;
    }
  /** An update was refused, or the worker said that it can't do its assignment: nothing more comes from it this attempt. */
  | { readonly type: "UpdateRefused"; readonly round: number; readonly attempt: number; readonly refusal: Refusal }
  /** An update came after its attempt had closed: it was refused, and is counted once. */
  | { readonly type: "UpdateLate"; readonly round: number; readonly attempt: number; readonly worker: string }
  | { readonly type: "Committed"; readonly model: ModelVersion }
  | { readonly type: "EvaluationReported"; readonly round: number; readonly report: EvaluationReport }
  | { readonly type: "EvaluationFailed"; readonly round: number; readonly subject: string; readonly refusal: Refusal }
  /** A worker scored the global model on what it holds back, and at the end of the job its own model, too. */
  | { readonly type: "ValidationReported"; readonly round: number; readonly report: WorkerScore }
  | {
      readonly type: "ValidationFailed";
      readonly round: number;
      /** What was asked of it. */
      readonly phase: ScoringPhase;
      readonly refusal: Refusal;
    }
  | { readonly type: "DeadlinePassed"; readonly timer: TimerId }
  | { readonly type: "CancelRequested" }
  | { readonly type: "PauseRequested"; readonly reason: string }
  /** A paused job may run again; it does when its turn comes, as after a restart. */
  | { readonly type: "ResumeRequested" }
  | { readonly type: "SettingsChanged"; readonly changes: JobChanges }
  /** The coordinator could not go on: a full disk, a damaged blob. */
  | { readonly type: "JobBroken"; readonly reason: string }
  /** The coordinator starts again: nobody is connected, no timer runs, no aggregation is under way. */
  | { readonly type: "CoordinatorRestarted" };

/** Wishes. The shell carries them out, and what comes of it arrives as further events. */
export type JobEffect =
  | {
      readonly type: "AssignTraining";
      readonly worker: string;
      readonly round: number;
      readonly attempt: number;
      readonly model: ModelVersion;
    }
  | {
      readonly type: "AssignEvaluation";
      readonly evaluator: string;
      readonly round: number;
      readonly subject: string;
      readonly digest: string;
      readonly size: number;
    }
  /** A worker is to score the global model on what it holds back; with `personalising` it makes its own model first, and scores both. */
  | {
      readonly type: "AssignValidation";
      readonly worker: string;
      readonly phase: ScoringPhase;
      readonly round: number;
      readonly attempt: number;
      readonly model: ModelVersion;
    }
  /** Call off what the worker does for this round, of this kind: in an asynchronous job it may be asked for both. */
  | {
      readonly type: "Abort";
      readonly work: "training" | "scoring";
      readonly worker: string;
      readonly round: number;
      readonly attempt: number;
      readonly reason: string;
    }
  /** A new attempt at a round opens: updates of others are folded from nothing. */
  | { readonly type: "OpenRound"; readonly round: number; readonly attempt: number; readonly cohort: readonly string[] }
  /** Turn the accepted updates into the next global model and answer with `Committed`. */
  | {
      readonly type: "Aggregate";
      readonly round: number;
      readonly attempt: number;
      readonly updates: readonly AcceptedUpdate[];
    }
  /** A worker was refused too often: it is not selected until a later round than `through`. */
  | {
      readonly type: "LeaveOut";
      readonly worker: string;
      readonly round: number;
      readonly through: number;
      /** How many came in a row, and the code of the last. */
      readonly refusals: number;
      readonly code: string;
    }
  /** One that was left out may be selected again: without it a round could not begin. */
  | { readonly type: "Readmit"; readonly worker: string; readonly round: number }
  /** The round is over: its updates' blobs are needed no longer. In an asynchronous job work that was handed out goes on. */
  | { readonly type: "CloseRound"; readonly round: number; readonly attempt: number }
  /** In asynchronous jobs: the blobs of these updates are needed no longer. */
  | { readonly type: "LetGo"; readonly updates: readonly AcceptedUpdate[] }
  | { readonly type: "SetTimer"; readonly timer: TimerId; readonly ms: number }
  | { readonly type: "ClearTimer"; readonly timer: TimerId }
  /** The job is paused: nothing of it is under way, and others may run. */
  | { readonly type: "Release"; readonly reason: string }
  | { readonly type: "Finish"; readonly outcome: JobOutcome };

/** What ended a job that came to its end: its last round, or one of `stop`. */
export type StopReason = "rounds" | "accuracy" | "loss" | "patience" | "wallClock" | "budgetBytes";

export type JobOutcome =
  | { readonly kind: "completed"; readonly reason: StopReason }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly reason: string };
