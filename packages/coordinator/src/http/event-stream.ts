import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { isOver, type JobNotice } from "@tributary/federation";
import { frame } from "../jobs/event-frame.js";
import type { JobChange } from "../jobs/live-job.js";
import type { Notices, ProgressNotice, Told } from "../jobs/notices.js";
import type { RoundRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import { jobViews, roundViews } from "../store/views.js";

/** A line that means nothing, so that nobody in between takes the stream for dead, ms. */
const KEEP_ALIVE_MS = 15_000;
/** Least time between two sendings, ms: a round has many events, and people see no more than that. */
const PACE_MS = 100;
/** Rounds that are read at once. */
const PAGE = 50;

export interface EventStream {
  readonly job: string;
  /** Number of the journal that the reader has seen; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/**
 * Streams what changes in a job as server-sent events, until the job is over or the reader is gone. What was before is read from
 * the store, and what comes is what the job's steps say. A reader misses views in between, but never the last.
 */
export async function streamJob(
  { job, after, signal }: EventStream,
  { store, notices }: { readonly store: Store; readonly notices: Notices },
  response: ServerResponse,
): Promise<void> {
  const write = async (text: string): Promise<void> => {
    if (signal.aborted || response.write(text)) return;
    await once(response, "drain", { signal });
  };
  const news = new News();
  const stopListening = notices.listen(job, (told) => news.take(told));
  const keepAlive = setInterval(() => response.write(": still here\n\n"), KEEP_ALIVE_MS);
  const wake = () => news.wake();
  signal.addEventListener("abort", wake, { once: true });
  try {
    let over = true;
    for await (const { notice, seq } of changesAfter(store, job, after)) {
      await write(frame(notice, seq));
      news.seen = seq ?? news.seen;
      over = notice.type === "job" && isOver(notice.data.status);
    }
    while (!over && !signal.aborted) {
      await news.arrival();
      for (const text of news.texts()) await write(text);
      over = news.isOver;
      if (!over) await delay(PACE_MS, undefined, { signal });
    }
  } finally {
    clearInterval(keepAlive);
    signal.removeEventListener("abort", wake);
    stopListening();
  }
}

/** What a reader has not been sent yet: of each round and worker the newest, so that it stays small however slow the reader is. */
class News {
  /** Number of the journal that the reader has seen. */
  seen = 0;
  #last: JobChange | undefined;
  readonly #rounds = new Map<string, { readonly seq: number; readonly text: () => string }>();
  readonly #progress = new Map<string, ProgressNotice>();
  #wake = () => {};

  take(told: Told): void {
    if (told.kind === "progress") this.#progress.set(told.progress.worker, told.progress);
    else {
      this.#last = told.change;
      for (const [name, text] of told.change.rounds) {
        // In the order of their last change.
        this.#rounds.delete(name);
        this.#rounds.set(name, { seq: told.change.seq, text });
      }
    }
    this.wake();
  }

  wake(): void {
    this.#wake();
  }

  /** Whether the job is over. */
  get isOver(): boolean {
    return this.#last !== undefined && isOver(this.#last.status);
  }

  /** Settles when there is something to send, or `wake` was called. */
  async arrival(): Promise<void> {
    const isThere = this.#progress.size > 0 || (this.#last !== undefined && this.#last.seq > this.seen);
    if (isThere) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** What is to be sent, once. */
  *texts(): Generator<string> {
    const progress = [...this.#progress.values()];
    const rounds = [...this.#rounds.values()].filter(({ seq }) => seq > this.seen);
    this.#progress.clear();
    this.#rounds.clear();
    if (this.#last !== undefined && this.#last.seq > this.seen) {
      this.seen = this.#last.seq;
      for (const { text } of rounds) yield text();
      yield this.#last.job();
    }
    for (const data of progress) yield frame({ type: "progress", data });
  }
}

interface Change {
  readonly seq?: number;
  readonly notice: JobNotice;
}

/** Rounds that changed since, in the order in which they did, then the job. A new reader sees the job first, too. */
async function* changesAfter(store: Store, id: string, after: number): AsyncGenerator<Change> {
  const record = await store.job(id);
  const [job] = record === undefined ? [] : await jobViews(store, [record]);
  if (record === undefined || job === undefined) return;
  if (after === 0 && !isOver(job.status)) yield { notice: { type: "job", data: job } };
  for (let seen = after; ; ) {
    const { rows, more } = await roundsAfter(store, id, seen);
    const views = await roundViews(store, id, rows);
    for (const [index, data] of views.entries()) {
      seen = rows[index]?.seq ?? seen;
      yield { seq: seen, notice: { type: "round", data } };
    }
    if (!more) break;
  }
  yield { seq: record.seq, notice: { type: "job", data: job } };
}

/** A page of changed rounds. One event may change two rounds: they are never parted, because its number stands for both. */
async function roundsAfter(store: Store, id: string, after: number): Promise<{ rows: RoundRecord[]; more: boolean }> {
  const rows = await store.rounds(id, { after, limit: PAGE });
  if (rows.length < PAGE) return { rows, more: false };
  const last = rows.at(-1)?.seq;
  return { rows: rows.filter(({ seq }) => seq !== last), more: true };
}
