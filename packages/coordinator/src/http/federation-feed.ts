import { randomBytes } from "node:crypto";
import type { FederationNotice } from "@tributary/federation";
import type { Notices } from "../jobs/notices.js";
import type { Workers } from "../sockets/workers.js";
import type { AuditLog } from "../store/audit-log.js";
import { type Batch, LatestChanges } from "./latest-changes.js";

/** Least time between two sendings of how far a worker is, ms. */
const PROGRESS_PACE_MS = 500;
/** Workers and jobs whose last change is kept. Who has missed an older one is told everything again. */
const MOST_KEPT = 5_000;

/** What changed in the federation: of each worker and job the last change, and the newest line of the audit log. */
export class FederationFeed {
  /** Of this process: its numbers mean nothing to the next one. */
  readonly #run = randomBytes(6).toString("hex");
  readonly #changes = new LatestChanges(MOST_KEPT);
  /** Workers of which only the progress is new. */
  readonly #further = new Set<string>();
  #progressTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly workers: Pick<Workers, "watch" | "view">,
    notices: Notices,
    audit: Pick<AuditLog, "watch">,
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
    audit.watch((seq) => this.#take("audit", () => ({ type: "audit", data: { seq } })));
  }

  /** Number of the newest change. */
  get seq(): number {
    return this.#changes.seq;
  }

  /** The id of a change, for `Last-Event-ID`. */
  idOf(seq: number): string {
    return `${this.#run}.${seq}`;
  }

  /** The number that an id stands for; undefined when what came after it is not known any more, or never was. */
  seenBy(id: string | undefined): number | undefined {
    const [, run, digits] = /^([0-9a-f]{12})\.(\d{1,15})$/.exec(id ?? "") ?? [];
    const seq = Number(digits);
    return run === this.#run && !this.isLost(seq) && seq <= this.seq ? seq : undefined;
  }

  /** What came after a number; undefined: nothing, or too much is forgotten to tell. */
  since(seen: number): Batch | undefined {
    return this.#changes.since(seen);
  }

  /** Whether a reader that has seen so much has missed what is not kept. */
  isLost(seen: number): boolean {
    return this.#changes.isLost(seen);
  }

  /** Settles when something new is to be sent, or the signal comes. */
  news(signal: AbortSignal): Promise<void> {
    return this.#changes.news(signal);
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
    this.#changes.take(key, (seq) => federationFrame(notice(), this.idOf(seq)));
  }
}

/** A notice as a server-sent event (WHATWG HTML, section 9.2). */
export const federationFrame = ({ type, data }: FederationNotice, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
