import type { TributaryClient } from "@tributary/client";
import { type AuditEntry, type AuditFault, type AuditHead, AuditVerifier } from "@tributary/federation";
import { Paced } from "./paced.js";

/** Least time between two readings, ms: a job's rounds write many lines a second. */
const PACE_MS = 1_000;
/** Lines that are kept, the newest: those before are verified all the same. */
const KEPT = 20_000;
/** Lines of a full page. */
const PAGE = 1_000;

/** What is known of the audit log. */
export interface AuditFeed {
  /** The newest lines, the oldest of them first. */
  readonly entries: readonly AuditEntry[];
  /** The newest line that follows from all before it. */
  readonly head: AuditHead;
  /** What is wrong with the first bad line. */
  readonly fault: AuditFault | undefined;
  /** Whether all lines that there are were read. */
  readonly isWhole: boolean;
  readonly error: unknown;
}

export const nothingRead: AuditFeed = {
  ...{ entries: [], head: new AuditVerifier().head, fault: undefined, isWhole: false, error: undefined },
};

/** Reads the audit log from its first line on, as far as it is told that there are lines, and computes its hashes again. */
export class AuditReader {
  readonly #verifier = new AuditVerifier();
  readonly #reading = new Paced(() => this.#read(), PACE_MS);
  #feed = nothingRead;

  constructor(
    private readonly client: { readonly audit: Pick<TributaryClient["audit"], "list"> },
    private readonly show: (feed: AuditFeed) => void,
  ) {}

  /** Reads up to a line at least; after a failure, from where it stopped. */
  readTo(newest: number): void {
    if (!this.#feed.isWhole || this.#last < newest) this.#reading.ask();
  }

  stop(): void {
    this.#reading.stop();
  }

  /** Number of the last line that was read; 0 before the first. */
  get #last(): number {
    return this.#feed.entries.at(-1)?.seq ?? 0;
  }

  /** What can't be read is read when there is news. */
  async #read(): Promise<void> {
    try {
      for (let isWhole = false; !isWhole && !this.#reading.isStopped; ) {
        const page = await this.client.audit.list(this.#last);
        let { fault } = this.#feed;
        for (const entry of page) fault ??= this.#verifier.take(entry);
        isWhole = page.length < PAGE;
        const entries = [...this.#feed.entries, ...page].slice(-KEPT);
        this.#show({ entries, head: this.#verifier.head, fault, isWhole, error: undefined });
      }
    } catch (error) {
      this.#show({ error, isWhole: false });
    }
  }

  #show(news: Partial<AuditFeed>): void {
    this.#feed = { ...this.#feed, ...news };
    if (!this.#reading.isStopped) this.show(this.#feed);
  }
}
