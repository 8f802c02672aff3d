import { randomBytes } from "node:crypto";
import type { FederationNotice } from "@tributary/federation";
import type { Notices } from "../jobs/notices.js";
import type { Workers } from "../sockets/workers.js";

/** Least time between two sendings, ms: people see no more than that. */
const PACE_MS = 100;
/** Least time between two sendings of how far a worker is, ms. */
const PROGRESS_PACE_MS = 500;
/** Workers and jobs whose last change is kept. Who has missed an older one is told everything again. */
const MOST_KEPT = 5_000;

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
 * What changed in the federation: of each worker and job only the last change, in the order of these changes. A reader is a
 * number, so it costs nothing however slow it is; and what many readers are sent is made once.
 */
export class FederationFeed {
  /** Of this process: its numbers mean nothing to the next one. */
  readonly #run = randomBytes(6).toString("hex");
  readonly #changes = new Map<string, Change>();
  #seq = 0;
  /** The last change that is not kept any more. */
  #lost = 0;
  /** Workers of which only the progress is new. */
  readonly #further = new Set<string>();
  #progressTimer: NodeJS.Timeout | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();
  #last: { readonly after: number; readonly batch: Batch } | undefined;

  constructor(
    private readonly workers: Pick<Workers, "watch" | "view">,
    notices: Notices,
  ) {
    workers.watch({
      changed: (name) => this.#workerChanged(name),
      progressed: (name) => {
        this.#further.add(name);
        this.#progressTimer ??= setTimeout(() => this.#takeProgress(), PROGRESS_PACE_MS).unref();
      },
      forgotten: (name) => this.#take(`worker ${name}`, () => ({ type: "forgotten", data: { name } })),
    });
    notices.listenToAll((id, now) => this.#take(`job ${id}`, () => ({ type: "job", data: now() })));
  }

  /** Number of the newest change. */
  get seq(): number {
    return this.#seq;
  }

  /** The id of a change, for `Last-Event-ID`. */
  idOf(seq: number): string {
    return `${this.#run}.${seq}`;
  }

  /** The number that an id stands for; undefined when what came after it is not known any more, or never was. */
  seenBy(id: string | undefined): number | undefined {
    const [, run, digits] = /^([0-9a-f]{12})\.(\d{1,15})$/.exec(id ?? "") ?? [];
    const seq = Number(digits);
    return run === this.#run && seq >= this.#lost && seq <= this.#seq ? seq : undefined;
  }

  /** What came after a number; undefined: nothing, or too much is forgotten to tell. */
  since(seen: number): Batch | undefined {
    if (seen >= this.#seq || seen < this.#lost) return undefined;
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

  #workerChanged(name: string): void {
    this.#further.delete(name);
    this.#take(`worker ${name}`, () => {
      const data = this.workers.view(name);
      return data === undefined ? { type: "forgotten", data: { name } } : { type: "worker", data };
    });
  }

  #takeProgress(): void {
    this.#progressTimer = undefined;
    for (const name of this.#further) this.#workerChanged(name);
  }

  #take(key: string, notice: () => FederationNotice): void {
    const seq = ++this.#seq;
    const change = { seq, text: once(() => federationFrame(notice(), this.idOf(seq))) };
    // In the order of their last change.
    this.#changes.delete(key);
    this.#changes.set(key, change);
    if (this.#changes.size > MOST_KEPT) this.#forgetOldest();
    this.#flushTimer ??= setTimeout(() => this.#flush(), PACE_MS).unref();
  }

  #forgetOldest(): void {
    const [oldest] = this.#changes;
    if (oldest === undefined) return;
    this.#changes.delete(oldest[0]);
    this.#lost = oldest[1].seq;
  }

  #flush(): void {
    this.#flushTimer = undefined;
    for (const tell of [...this.#waiting]) tell();
  }
}

/** A notice as a server-sent event (WHATWG HTML, section 9.2). */
export const federationFrame = ({ type, data }: FederationNotice, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
