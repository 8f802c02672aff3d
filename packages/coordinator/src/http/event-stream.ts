import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { isOver, type JobNotice } from "@tributary/federation";
import type { Notices, ProgressNotice } from "../jobs/notices.js";
import type { RoundRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import { jobViews, roundViews } from "../store/views.js";

/** A line that means nothing, so that nobody in between takes the stream for dead, ms. */
const KEEP_ALIVE_MS = 15_000;
/** Rounds that are read at once. */
const PAGE = 50;

export interface EventStream {
  readonly job: string;
  /** Number of the journal that the reader has seen; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/**
 * Streams what changes in a job as server-sent events (WHATWG HTML, section 9.2), until the job is over or the reader is
 * gone. What changed is read from the store after each notice: a slow reader misses views in between, but never the last.
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
  /** The newest progress of each worker that was not yet sent. */
  const progress = new Map<string, ProgressNotice>();
  let dirty = true;
  let wake = () => {};
  const stopListening = notices.listen(job, (told) => {
    if (told === undefined) dirty = true;
    else progress.set(told.worker, told);
    wake();
  });
  const keepAlive = setInterval(() => response.write(": still here\n\n"), KEEP_ALIVE_MS);
  signal.addEventListener("abort", () => wake(), { once: true });
  let seen = after;
  try {
    while (!signal.aborted) {
      if (dirty) {
        dirty = false;
        let over = true;
        for await (const change of changesAfter(store, job, seen)) {
          await write(frame(change.notice, change.seq));
          seen = change.seq ?? seen;
          over = change.notice.type === "job" && isOver(change.notice.data.status);
        }
        if (over) return;
      }
      for (const [worker, data] of progress) {
        progress.delete(worker);
        await write(frame({ type: "progress", data }));
      }
      if (dirty || progress.size > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    clearInterval(keepAlive);
    stopListening();
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

const frame = ({ type, data }: JobNotice, seq?: number): string =>
  `${seq === undefined ? "" : `id: ${seq}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
