import { TributaryError, toTributaryError } from "@tributary/protocol";
import type { Logger } from "pino";
import type { RelayedLog } from "./observability/relayed-log.js";
import type { Attempt } from "./uploads.js";
import { nameOf, type Work } from "./work.js";

/** Does one piece of work until it is acknowledged. */
export type DoWork = (work: Work, signal: AbortSignal) => Promise<void>;

/** Why work is called off when the worker itself stops: it is not given up. */
export const STOPPING = "the worker stops";

interface Entry {
  readonly name: string;
  readonly work: Work;
  readonly controller: AbortController;
  /** Of an earlier process of this worker: nobody has asked this one for it yet. */
  restored: boolean;
}

/**
 * The work that waits and the one that is under way: one at a time, in order. The same work sent again, after a lost
 * connection, is not begun again.
 */
export class Assignments {
  readonly #entries: Entry[] = [];
  #running: Promise<void> | undefined;

  constructor(
    private readonly doWork: DoWork,
    private readonly log: Logger,
    /** For what the coordinator should hear of. */
    private readonly relayed: RelayedLog,
  ) {}

  /** Goes on with what an earlier process of this worker was asked for, unless something else is asked meanwhile. */
  restore(work: Work): void {
    this.#begin(work, true);
  }

  /** @throws TributaryError `rate_limited` when absurdly much waits */
  add(work: Work): void {
    const name = nameOf(work);
    for (const entry of this.#entries) {
      if (entry.name === name) entry.restored = false;
      if (entry.restored) entry.controller.abort("other work is asked for");
    }
    if (this.#entries.some((entry) => entry.name === name)) return;
    this.#begin(work, false);
  }

  /** What is under way, and what waits for it. */
  get counts(): Readonly<Record<"underway" | "waiting", number>> {
    const underway = Math.min(1, this.#entries.length);
    return { underway, waiting: this.#entries.length - underway };
  }

  #begin(work: Work, restored: boolean): void {
    if (this.#entries.length >= 1_000)
      throw new TributaryError("rate_limited", "this worker has 1,000 assignments waiting");
    this.#entries.push({ name: nameOf(work), work, controller: new AbortController(), restored });
    this.#running ??= this.#run();
  }

  /** Calls off all work of an attempt at a round. */
  abort({ job, round, attempt }: Attempt): void {
    for (const { work, controller } of this.#entries)
      if (work.job === job && work.round === round && work.attempt === attempt) controller.abort();
  }

  /** Calls everything off. @returns when nothing runs any more */
  async stop(): Promise<void> {
    for (const { controller } of this.#entries) controller.abort(STOPPING);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
      const { work, controller } = entry;
      const { job, round, attempt, kind } = work;
      try {
        if (!controller.signal.aborted) await this.doWork(work, controller.signal);
      } catch (thrown) {
        const error = toTributaryError(thrown);
        const facts = { job, round, attempt, kind, code: error.code, reason: error.message, err: error.cause };
        if (error.code === "aborted") this.log.info(facts, "work ended without a result");
        else this.relayed.error(facts, "work ended without a result");
      }
      this.#entries.shift();
    }
    this.#running = undefined;
  }
}
