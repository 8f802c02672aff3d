import type { v1 } from "@tributary/protocol";

/** A piece of work for one worker, and the message that asks for it. */
export interface Work {
  readonly kind: "training" | "evaluating";
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
  /** Of an evaluation: "" is the global model, otherwise a worker's name. Of a training: "". */
  readonly subject: string;
  /** Made when it is sent, so that what remains of the deadline is told. */
  readonly assignment: () => v1.Assignment.$Properties;
}

/** Which attempt at a round. */
export interface Attempt {
  readonly job: string;
  readonly round: number;
  readonly attempt: number;
}

export const isOf = (work: Attempt, { job, round, attempt }: Attempt): boolean =>
  work.job === job && work.round === round && work.attempt === attempt;

/** What one worker has to do: one thing at a time, the rest in the order in which it was asked. */
export class WorkQueue {
  #current: Work | undefined;
  #waiting: Work[] = [];

  constructor(private readonly start: (work: Work) => void) {}

  get current(): Work | undefined {
    return this.#current;
  }

  /** A repetition of what is under way or waits is left out. */
  add(work: Work): void {
    const same = (other: Work) => isOf(other, work) && other.kind === work.kind && other.subject === work.subject;
    if (this.#waiting.some(same) || (this.#current !== undefined && same(this.#current))) return;
    this.#waiting.push(work);
    this.#next();
  }

  /** The worker has answered for this work, well or badly. */
  settle(attempt: Attempt, subject: string): void {
    this.#waiting = this.#waiting.filter((work) => !(isOf(work, attempt) && work.subject === subject));
    if (this.#current !== undefined && isOf(this.#current, attempt) && this.#current.subject === subject)
      this.#current = undefined;
    this.#next();
  }

  /** Forgets all work of an attempt. @returns whether some of it was under way */
  dismiss(attempt: Attempt): boolean {
    this.#waiting = this.#waiting.filter((work) => !isOf(work, attempt));
    if (this.#current === undefined || !isOf(this.#current, attempt)) return false;
    this.#current = undefined;
    this.#next();
    return true;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.start(this.#current);
  }
}
