import { setTimeout as delay } from "node:timers/promises";
import type { AuditFact } from "@tributary/federation";
import type { Logger } from "pino";
import type { AuditLog } from "./store/audit-log.js";

/** Refused logins that are written down in a minute: a stranger must not be able to fill the disk. */
const REFUSALS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;
/** How long lines are gathered, ms, and how many are kept while the database is away. */
const GATHERING_MS = 100;
const MOST_NOTED = 10_000;

/** An API request, as the audit log has it. */
export interface AuditedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly address: string;
}

/** Writes into the audit log what does not follow from a job's journal: who came and went, who asked for what, what was sent. */
export class AuditTrail {
  #refusals = 0;
  #since = Number.NEGATIVE_INFINITY;
  /** What was noted and is not yet written: several lines cost the database hardly more than one. */
  #noted: AuditFact[] = [];
  #writing: Promise<void> = Promise.resolve();
  #idle = true;

  constructor(
    private readonly audit: AuditLog,
    private readonly log: Logger,
  ) {}

  /** Notes something: it is written within moments, and nobody waits. */
  note(action: string, fact: Partial<AuditFact>): void {
    this.#noted.push(whole(action, fact));
    if (this.#idle) {
      this.#idle = false;
      this.#writing = this.#writeNoted().finally(() => {
        this.#idle = true;
      });
    }
  }

  /** Notes something before anything comes of it. @throws TributaryError `store_failed` */
  write(action: string, fact: Partial<AuditFact>): Promise<void> {
    return this.audit.append(whole(action, fact));
  }

  /** Somebody with the token asked for something. */
  async request(request: AuditedRequest, job: string | null): Promise<void> {
    await this.write("api.request", { actor: "admin", job, details: { ...request } });
  }

  /** Somebody without the token asked for something. */
  refused(request: AuditedRequest): void {
    const now = performance.now();
    if (now - this.#since > MINUTE_MS) {
      this.#since = now;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    if (this.#refusals > REFUSALS_PER_MINUTE) return;
    const more = this.#refusals === REFUSALS_PER_MINUTE ? { more: "further ones of this minute are not written" } : {};
    this.note("api.refused", { actor: "stranger", details: { ...request, ...more } });
  }

  /** Fulfilled when everything that was noted is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** What the database does not take now is offered again with the next. */
  async #writeNoted(): Promise<void> {
    while (this.#noted.length > 0) {
      await delay(GATHERING_MS);
      const facts = this.#noted;
      this.#noted = [];
      try {
        await this.audit.append(...facts);
      } catch (error) {
        this.log.error({ err: error, lines: facts.length }, "lines of the audit log could not be written");
        this.#noted = [...facts, ...this.#noted].slice(0, MOST_NOTED);
        return;
      }
    }
  }
}

const whole = (
  action: string,
  { actor = "coordinator", job = null, round = null, details = {} }: Partial<AuditFact>,
): AuditFact => ({ actor, action, job, round, details });
