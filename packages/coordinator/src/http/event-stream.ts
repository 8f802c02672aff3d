import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { isOver, type JobNotice } from "@tributary/federation";
import { frame } from "../jobs/event-frame.js";
import type { RoundRecord } from "../store/records.js";
import type { Store } from "../store/store.js";
import { jobViews, roundViews } from "../store/views.js";
import type { JobFeeds } from "./job-feed.js";

/** A line that means nothing, so that nobody in between takes the stream for dead, ms. */
const KEEP_ALIVE_MS = 15_000;
/** Rounds that are read at once. */
const PAGE = 50;

export interface EventStream {
  readonly job: string;
  /** Number of the journal that the reader has seen, 0 for all; "now": only what comes. */
  readonly after: number | "now";
  readonly signal: AbortSignal;
}

/**
 * Streams what changes in a job as server-sent events, until the job is over or the reader is gone. What was before is read from
 * the store, and what comes is what the job's steps say; what a slow reader missed of that is read from the store again. A reader
 * misses views in between, but never the last.
 */
export async function streamJob(
  { job, after, signal }: EventStream,
  { store, feeds }: { readonly store: Store; readonly feeds: JobFeeds },
  response: ServerResponse,
): Promise<void> {
  const write = async (content: string | Buffer): Promise<void> => {
    if (signal.aborted || response.write(content)) return;
    await once(response, "drain", { signal });
  };
  const { feed, leave } = feeds.join(job);
  // A reader that takes nothing has no need of it, and it would pile up.
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(": still here\n\n");
  }, KEEP_ALIVE_MS);
  try {
    let journal = after;
    let seen: number | undefined;
    while (!signal.aborted) {
      if (seen === undefined || feed.isLost(seen)) {
        const joined = feed.seq;
        for await (const { notice, seq } of changesAfter(store, job, journal)) {
          await write(frame(notice, seq));
          journal = seq ?? journal;
          if (seq !== undefined && notice.type === "job" && isOver(notice.data.status)) return;
        }
        seen = feed.seenBy(journal === "now" ? 0 : journal, joined);
      }
      const batch = feed.since(seen);
      if (batch === undefined) {
        // They come at a pace.
        if (!feed.isLost(seen)) await feed.news(signal);
        continue;
      }
      // As it is now: the batch has everything up to here.
      const { journalSeq, isOver: isEnd } = feed;
      await write(batch.bytes);
      seen = batch.seen;
      journal = Math.max(journalSeq, journal === "now" ? 0 : journal);
      if (isEnd) return;
    }
  } finally {
    clearInterval(keepAlive);
    leave();
  }
}

interface Change {
  readonly seq?: number;
  readonly notice: JobNotice;
}

/** Rounds that changed since, in the order in which they did, then the job. A new reader sees the job first, too. */
async function* changesAfter(store: Store, id: string, after: number | "now"): AsyncGenerator<Change> {
  const record = await store.job(id);
  const [job] = record === undefined ? [] : await jobViews(store, [record]);
  if (record === undefined || job === undefined) return;
  if (after === 0 && !isOver(job.status)) yield { notice: { type: "job", data: job } };
  for (let seen = after; seen !== "now"; ) {
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
  const rows = await store.rounds.of(id, { after, limit: PAGE });
  if (rows.length < PAGE) return { rows, more: false };
  const last = rows.at(-1)?.seq;
  return { rows: rows.filter(({ seq }) => seq !== last), more: true };
}
