import type { v1 } from "@tributary/protocol";
import type { WorkerDescription } from "./registration.js";

/** What a worker that trains is asked for when models are scored on what it holds back, by the job's phase. */
export const scoringKinds = { evaluating: "validating", personalising: "personalising" } as const;
/** The inverse. */
export const scoringPhases = { validating: "evaluating", personalising: "personalising" } as const;

export type ScoringKind = keyof typeof scoringPhases;
export type WorkKind = "training" | "evaluating" | ScoringKind;

export const isScoringKind = (kind: string): kind is ScoringKind => Object.hasOwn(scoringPhases, kind);

/** A piece of work for one worker, and the message that asks for it. */
export interface Work {
  readonly kind: WorkKind;
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
  /** Of an evaluation: "" is the global model, otherwise a worker's name. Of other work: "". */
  readonly subject: string;
  /** Made when it is sent, so that what remains of the deadline is told. */
  readonly assignment: (worker: Pick<WorkerDescription, "codecs">) => v1.Assignment.$Properties;
}

/** Which attempt at a round. */
export interface Attempt {
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
}

export const isOf = (work: Attempt, { job, round, attempt }: Attempt): boolean =>
  work.job === job && work.round === round && work.attempt === attempt;

/** Names a piece of work of a worker. */
export type WorkName = Pick<Work, "kind" | "subject"> & Attempt;

const isSame = (work: Work, other: WorkName): boolean =>
  isOf(work, other) && work.kind === other.kind && work.subject === other.subject;

/** What one worker has to do: one thing at a time, the rest in the order in which it was asked. */
export class WorkQueue {
  #current: Work | undefined;
  #waiting: Work[] = [];

  constructor(private readonly start: (work: Work) => void) {}

  get current(): Work | undefined {
    return this.#current;
  }

  /** How much waits behind it. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A repetition of what is under way or waits is left out. */
  add(work: Work): void {
    if ([this.#current, ...this.#waiting].some((other) => other !== undefined && isSame(other, work))) return;
    this.#waiting.push(work);
    this.#next();
  }

  /** The worker has answered for this work, well or badly. */
  settle(done: WorkName): void {
    this.#waiting = this.#waiting.filter((work) => !isSame(work, done));
    if (this.#current !== undefined && isSame(this.#current, done)) this.#current = undefined;
    this.#next();
  }

  /** Forgets such work. */
  dismiss(isMeant: (work: Work) => boolean): void {
    this.#waiting = this.#waiting.filter((work) => !isMeant(work));
    if (this.#current !== undefined && isMeant(this.#current)) this.#current = undefined;
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.start(this.#current);
  }
}
