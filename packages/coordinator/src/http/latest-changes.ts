/** Least time between two sendings, ms: people see no more than that. */
const PACE_MS = 100;

interface Change {
  readonly seq: number;
  readonly text: () => string;
}

/** What is to be sent to whoever has seen everything up to a number, and the number that it brings them to. */
export interface Batch {
  readonly seen: number;
  readonly bytes: Buffer;
}

/**
 * Of each thing the last change, in the order of these changes. A reader is a number, so it costs nothing however slow it is;
 * and what many readers are sent is made once.
 */
export class LatestChanges {
  readonly #changes = new Map<string, Change>();
  #seq = 0;
  /** The last change that is not kept any more. */
  #lost = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #flushedAt = 0;
  readonly #waiting = new Set<() => void>();
  #last: { readonly after: number; readonly batch: Batch } | undefined;

  /** @param most changes that are kept: who has missed an older one must be told everything again */
  constructor(private readonly most: number) {}

  /** Number of the newest change. */
  get seq(): number {
    return this.#seq;
  }

  /** @param text the event, made when somebody is sent it @returns its number */
  take(key: string, text: (seq: number) => string): number {
    const seq = ++this.#seq;
    // In the order of their last change.
    this.#changes.delete(key);
    this.#changes.set(key, { seq, text: once(() => text(seq)) });
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > this.most && oldest !== undefined) this.forget(oldest);
    this.#flushTimer ??= setTimeout(() => this.#flush(), this.#flushedAt + PACE_MS - performance.now()).unref();
    return seq;
  }

  /** Keeps it no longer: who has not seen it has lost it. */
  forget(key: string): void {
    const change = this.#changes.get(key);
    if (change === undefined) return;
    this.#changes.delete(key);
    this.#lost = Math.max(this.#lost, change.seq);
  }

  /** What came after a number; undefined: nothing, or too much is forgotten to tell. */
  since(seen: number): Batch | undefined {
    if (seen >= this.#seq || this.isLost(seen)) return undefined;
    if (this.#last?.after === seen && this.#last.batch.seen === this.#seq) return this.#last.batch;
    const texts: string[] = [];
    for (const { seq, text } of this.#changes.values()) if (seq > seen) texts.push(text());
    const batch = { seen: this.#seq, bytes: Buffer.from(texts.join("")) };
    this.#last = { after: seen, batch };
    return batch;
  }

  /** Whether a reader that has seen so much has missed what is not kept. */
  isLost(seen: number): boolean {
    return seen < this.#lost;
  }

  /** Settles when something new is to be sent, or the signal comes. */
  async news(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #flush(): void {
    this.#flushTimer = undefined;
    this.#flushedAt = performance.now();
    for (const tell of [...this.#waiting]) tell();
  }
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
