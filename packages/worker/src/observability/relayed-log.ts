import { oneLine, TokenBucket, type v1 } from "@tributary/protocol";
import type { Logger } from "pino";

/** Lines that are sent at once, and how often one more may be, ms. */
const BURST = 10;
const EVERY_MS = 6_000;
const LONGEST = 300;

interface Facts {
  readonly job?: string;
  readonly round?: number;
  readonly code: string;
  /** Public: the message of an error of the catalogue. */
  readonly reason: string;
  readonly [more: string]: unknown;
}

/**
 * Warnings and errors that the coordinator hears of, too: what happened, its code and its reason in one line, and nothing else
 * of the facts. One that can't be sent at present, or comes too fast, stays in this worker's log alone.
 */
export class RelayedLog {
  readonly #bucket = new TokenBucket(BURST, EVERY_MS);
  #omitted = 0;

  constructor(
    private readonly log: Logger,
    private readonly send: (line: v1.LogLine.$Properties) => Promise<unknown>,
  ) {}

  warn(facts: Facts, message: string): void {
    this.log.warn(facts, message);
    this.#relay("warn", facts, message);
  }

  error(facts: Facts, message: string): void {
    this.log.error(facts, message);
    this.#relay("error", facts, message);
  }

  #relay(level: "warn" | "error", { job = "", round = 0, code, reason }: Facts, message: string): void {
    const omitted = this.#omitted;
    if (!this.#bucket.take()) {
      this.#omitted++;
      return;
    }
    this.#omitted = 0;
    const line = { level, code, message: oneLine(`${message}: ${reason}`, LONGEST), job, round, omitted };
    this.send(line).catch(() => {
      this.#omitted += omitted + 1;
    });
  }
}
