import { TributaryError, toTributaryError } from "@tributary/protocol";
import type { Logger } from "pino";
import type { Attempt } from "./uploads.js";
import { nameOf, type Work } from "./work.js";

/** Does one piece of work until it is acknowledged. */
export type DoWork = (work: Work, signal: AbortSignal) => Promise<void>;

interface Entry {
  readonly name: string;
  readonly work: Work;
  readonly controller: AbortController;
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
  ) {}

  /** @throws TributaryError `rate_limited` when absurdly much waits */
  add(work: Work): void {
    const name = nameOf(work);
    if (this.#entries.some((entry) => entry.name === name)) return;
    if (this.#entries.length >= 1_000)
      throw new TributaryError("rate_limited", "this worker has 1,000 assignments waiting");
    this.#entries.push({ name, work, controller: new AbortController() });
    this.#running ??= this.#run();
  }

  /** Calls off all work of an attempt at a round. */
  abort({ job, round, attempt }: Attempt): void {
    for (const { work, controller } of this.#entries)
      if (work.job === job && work.round === round && work.attempt === attempt) controller.abort();
  }

  /** Calls everything off. @returns when nothing runs any more */
  async stop(): Promise<void> {
    for (const { controller } of this.#entries) controller.abort();
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
        const level = error.code === "aborted" ? "info" : "error";
        this.log[level](
          { job, round, attempt, kind, code: error.code, reason: error.message, err: error.cause },
          "work ended without a result",
        );
      }
      this.#entries.shift();
    }
    this.#running = undefined;
  }
}
