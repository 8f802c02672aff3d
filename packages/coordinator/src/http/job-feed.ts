import { isOver } from "@tributary/federation";
import { frame } from "../jobs/event-frame.js";
import type { JobChange } from "../jobs/live-job.js";
import type { Notices, ProgressNotice } from "../jobs/notices.js";
import { type Batch, LatestChanges } from "./latest-changes.js";

/** Least time between two sendings of how far a worker is, ms. */
const PROGRESS_PACE_MS = 500;
/** Attempts at rounds and workers whose last change is kept. */
const MOST_KEPT = 5_000;
/** Attempts at rounds that are kept: each has what all its workers said. A reader that missed more reads them from the store. */
const ROUNDS_KEPT = 50;

/** What changes in a job while somebody watches it: of each round and worker the last change, made once for all who watch. */
export class JobFeed {
  readonly #changes = new LatestChanges(MOST_KEPT);
  /** Attempts that are kept, in the order of their last change, and where the journal was then. */
  readonly #rounds = new Set<string>();
  /** Where the journal was at changes, the newest last. */
  #marks: { readonly seq: number; readonly at: number }[] = [];
  readonly #progress = new Map<string, ProgressNotice>();
  #progressTimer: NodeJS.Timeout | undefined;
  #last: JobChange | undefined;
  readonly #stopListening: () => void;

  constructor(job: string, notices: Notices) {
    this.#stopListening = notices.listen(job, (told) => {
      if (told.kind === "change") return this.#take(told.change);
      if (told.kind === "log") {
        this.#changes.take("log", () => frame({ type: "log", data: told.line }));
        return;
      }
      this.#progress.set(told.progress.worker, told.progress);
      this.#progressTimer ??= setTimeout(() => this.#takeProgress(), PROGRESS_PACE_MS).unref();
    });
  }

  close(): void {
    this.#stopListening();
    clearTimeout(this.#progressTimer);
  }

  /** Whether the job is over. */
  get isOver(): boolean {
    return this.#last !== undefined && isOver(this.#last.status);
  }

  /** Number of the journal's last event that is in it. */
  get journalSeq(): number {
    return this.#last?.seq ?? 0;
  }

  /** The number of a reader who has seen the journal up to an event, and joined at a number. */
  seenBy(journalSeq: number, joined: number): number {
    return Math.max(joined, this.#marks.findLast(({ seq }) => seq <= journalSeq)?.at ?? 0);
  }

  get seq(): number {
    return this.#changes.seq;
  }

  since(seen: number): Batch | undefined {
    return this.#changes.since(seen);
  }

  isLost(seen: number): boolean {
    return this.#changes.isLost(seen);
  }

  news(signal: AbortSignal): Promise<void> {
    return this.#changes.news(signal);
  }

  #take(change: JobChange): void {
    this.#last = change;
    for (const [name, text] of change.rounds) {
      const key = `round ${name}`;
      this.#changes.take(key, text);
      this.#rounds.delete(key);
      this.#rounds.add(key);
    }
    const at = this.#changes.take("job", change.job);
    this.#marks = [...this.#marks.slice(1 - ROUNDS_KEPT), { seq: change.seq, at }];
    for (const key of this.#rounds) {
      if (this.#rounds.size <= ROUNDS_KEPT) break;
      this.#rounds.delete(key);
      this.#changes.forget(key);
    }
  }

  #takeProgress(): void {
    this.#progressTimer = undefined;
    for (const [worker, data] of this.#progress)
      this.#changes.take(`progress ${worker}`, () => frame({ type: "progress", data }));
    this.#progress.clear();
  }
}

/** The feeds of jobs that somebody watches: one for all who watch the same. */
export class JobFeeds {
  readonly #open = new Map<string, { readonly feed: JobFeed; readers: number }>();

  constructor(private readonly notices: Notices) {}

  /** @returns a feed, and how to give it back */
  join(job: string): { readonly feed: JobFeed; readonly leave: () => void } {
    const open = this.#open.get(job) ?? { feed: new JobFeed(job, this.notices), readers: 0 };
    this.#open.set(job, open);
    open.readers += 1;
    return {
      feed: open.feed,
      leave: () => {
        open.readers -= 1;
        if (open.readers > 0) return;
        this.#open.delete(job);
        open.feed.close();
      },
    };
  }
}
