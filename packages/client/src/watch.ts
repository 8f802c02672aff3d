import {
  type FederationNotice,
  federationNoticeSchema,
  isOver,
  type JobNotice,
  jobNoticeSchema,
  type RoundView,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { EventSourceParserStream, ParseError } from "eventsource-parser/stream";
import type { z } from "zod";
import type { Http } from "./http.js";
import { isPassing, pause } from "./patience.js";
import { MAX_ANSWER_BYTES, parseJson } from "./read-text.js";

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** How long the coordinator may be gone before the watch gives up, ms. Default 60,000. */
  readonly patienceMs?: number;
  /** Told when the coordinator begins to answer, and with the reason when it stops. */
  readonly onConnection?: (lost: TributaryError | undefined) => void;
}

/** How a job is watched. */
export interface JobWatchOptions extends WatchOptions {
  /** "start": all rounds so far come first, as they are; "now": the job, and what comes. Default "start". */
  readonly from?: "start" | "now";
}

/** Between two tries to connect again, ms: twice as long after each, up to the longest. */
const RETRY_MS = { first: 500, longest: 5_000 } as const;
/** The coordinator says every 15 s that it is still there; a stream that is silent for longer than this is dead, ms. */
const SILENCE_MS = 60_000;
/**
 * What changes in a job, until it is over: server-sent events, taken up again after the last one when the connection breaks.
 * @throws TributaryError what the coordinator refuses with; `coordinator_unreachable`, `disconnected` or `timed_out` when it
 *   stays away; `aborted`
 */
export async function* watchJob(http: Http, id: string, options: JobWatchOptions = {}): AsyncGenerator<JobNotice> {
  const path = `/v1/jobs/${encodeURIComponent(id)}/events${options.from === "now" ? "?from=now" : ""}`;
  for await (const notice of follow(http, path, jobNoticeSchema, options)) {
    yield notice;
    if (notice.type === "job" && isOver(notice.data.status)) return;
  }
}

/**
 * The attempts at rounds of a job, each once, when it has ended: those before, unless they are left out by `from`, then those
 * that come, until the job is over.
 * @throws TributaryError as `watchJob`
 */
export async function* watchRounds(http: Http, id: string, options: JobWatchOptions = {}): AsyncGenerator<RoundView> {
  const told = new Set<string>();
  for await (const { type, data } of watchJob(http, id, options)) {
    if (type !== "round" || data.finishedAt === null) continue;
    const name = `${data.number}.${data.attempt}`;
    if (told.has(name)) continue;
    told.add(name);
    yield data;
  }
}

/**
 * What changes in a federation, for as long as one looks on.
 * @throws TributaryError as `watchJob`
 */
export const watchFederation = (http: Http, options: WatchOptions = {}): AsyncGenerator<FederationNotice> =>
  follow(http, "/v1/events", federationNoticeSchema, options);

/** A stream of events, again and again after the last one. */
async function* follow<T>(
  http: Http,
  path: string,
  schema: z.ZodType<T>,
  { signal, patienceMs = 60_000, onConnection = () => undefined }: WatchOptions,
): AsyncGenerator<T> {
  let lastId: string | undefined;
  let lostAt: number | undefined;
  let retryMs: number = RETRY_MS.first;
  const heard = () => {
    lostAt = undefined;
    retryMs = RETRY_MS.first;
  };
  for (;;) {
    let lost = new TributaryError("coordinator_unreachable", "the coordinator ended the stream of events");
    try {
      const headers = { accept: "text/event-stream", ...(lastId !== undefined && { "last-event-id": lastId }) };
      const bytes = await http.stream(path, { headers, ...(signal && { signal }) }, SILENCE_MS);
      onConnection(undefined);
      for await (const event of eventsOf(bytes, heard)) {
        lastId = event.id ?? lastId;
        // What a later version tells besides is left out.
        const notice = schema.safeParse({ type: event.event, data: parseJson(event.data) });
        if (notice.success) yield notice.data;
      }
    } catch (error) {
      if (!isPassing(error)) throw error;
      lost = error;
    }
    onConnection(lost);
    lostAt ??= performance.now();
    const patience = patienceMs - (performance.now() - lostAt);
    if (patience <= 0) throw lost;
    await pause(Math.min(retryMs, patience), signal);
    retryMs = Math.min(2 * retryMs, RETRY_MS.longest);
  }
}

/** Server-sent events (WHATWG HTML, section 9.2). @param heard called when anything comes, also what is no event */
async function* eventsOf(bytes: ReadableStream<Uint8Array>, heard: () => void) {
  const listen = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      heard();
      controller.enqueue(chunk);
    },
  });
  const reader = bytes
    .pipeThrough(listen)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_ANSWER_BYTES }))
    .getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    throw new TributaryError("invalid_message", "the stream of events is not as described", { cause });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
