import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FederationNotice } from "@tributary/federation";
import type { Workers } from "../sockets/workers.js";
import type { Store } from "../store/store.js";
import { jobViews } from "../store/views.js";
import { type FederationFeed, federationFrame } from "./federation-feed.js";

/** A line that means nothing, so that nobody in between takes the stream for dead, ms. */
const KEEP_ALIVE_MS = 15_000;
/** Jobs that are over of which a new reader is told: the newest. */
const JOBS_AT_FIRST = 100;

export interface FederationSource {
  readonly feed: FederationFeed;
  readonly store: Store;
  readonly workers: Workers;
}

/**
 * Streams what changes in the federation, until the reader is gone. A reader whose id is of this process goes on after it: it is
 * sent what changed since, of each worker and job the newest. Any other is told to forget what it has, and then everything.
 *
 * @param lastId the reader's `Last-Event-ID`
 */
export async function streamFederation(
  source: FederationSource,
  lastId: string | undefined,
  signal: AbortSignal,
  response: ServerResponse,
): Promise<void> {
  const { feed } = source;
  const write = async (content: string | Buffer): Promise<void> => {
    if (signal.aborted || response.write(content)) return;
    await once(response, "drain", { signal });
  };
  // A reader that takes nothing has no need of it, and it would pile up.
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(": still here\n\n");
  }, KEEP_ALIVE_MS);
  try {
    let seen = feed.seenBy(lastId);
    // So that the reader knows at once that it is heard.
    await write(": hello\n\n");
    while (!signal.aborted) {
      if (seen === undefined || feed.isLost(seen)) {
        seen = feed.seq;
        for await (const notice of presentState(source)) await write(federationFrame(notice));
        await write(federationFrame({ type: "ready", data: {} }, feed.idOf(seen)));
      }
      const batch = feed.since(seen);
      if (batch === undefined) {
        // They come at a pace.
        await feed.news(signal);
        continue;
      }
      await write(batch.bytes);
      seen = batch.seen;
    }
  } finally {
    clearInterval(keepAlive);
  }
}

/** Every worker, the jobs that are not over, the newest ones that are, and how long the audit log is. */
async function* presentState({ store, workers }: FederationSource): AsyncGenerator<FederationNotice> {
  yield { type: "reset", data: {} };
  for (const data of await workers.views()) yield { type: "worker", data };
  const open = await store.jobsNotOver();
  const records = new Map(
    [...(await store.jobs({ limit: JOBS_AT_FIRST })), ...open].map((record) => [record.id, record]),
  );
  const oldestFirst = [...records.values()].sort((one, other) => one.position - other.position);
  for (const data of await jobViews(store, oldestFirst)) yield { type: "job", data };
  const { seq } = await store.audit.head();
  yield { type: "audit", data: { seq } };
}
