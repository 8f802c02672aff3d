import { isOver, type JobNotice, jobNoticeSchema } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Http } from "./http.js";

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** How long the coordinator may be gone before the watch gives up, ms. Default 60,000. */
  readonly patienceMs?: number;
}

/** Between two tries to connect again, ms. */
const RETRY_MS = 500;

/**
 * What changes in a job, until it is over: server-sent events, taken up again after the last one when the connection breaks.
 * @throws TributaryError what the coordinator refuses with; `coordinator_unreachable` when it stays away; `aborted`
 */
export async function* watchJob(
  http: Http,
  id: string,
  { signal, patienceMs = 60_000 }: WatchOptions = {},
): AsyncGenerator<JobNotice> {
  let lastId: string | undefined;
  let lostAt: number | undefined;
  for (;;) {
    try {
      const headers = { accept: "text/event-stream", ...(lastId !== undefined && { "last-event-id": lastId }) };
      const response = await http.request(`/v1/jobs/${encodeURIComponent(id)}/events`, {
        headers,
        ...(signal && { signal }),
      });
      lostAt = undefined;
      for await (const event of eventsOf(response)) {
        lastId = event.id ?? lastId;
        const notice = jobNoticeSchema.safeParse({ type: event.event, data: parseJson(event.data) });
        if (!notice.success) continue;
        yield notice.data;
        if (notice.data.type === "job" && isOver(notice.data.data.status)) return;
      }
    } catch (error) {
      if (signal?.aborted) throw new TributaryError("aborted", "the watch was called off");
      if (error instanceof TributaryError && error.code !== "coordinator_unreachable") throw error;
      lostAt ??= performance.now();
      if (performance.now() - lostAt > patienceMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function* eventsOf(response: Response) {
  const stream = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = stream?.getReader();
  if (reader === undefined) return;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
