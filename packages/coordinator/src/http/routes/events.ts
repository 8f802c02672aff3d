import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { streamJob } from "../event-stream.js";
import { FederationFeed } from "../federation-feed.js";
import { streamFederation } from "../federation-stream.js";
import { JobFeeds } from "../job-feed.js";
import { existingJob } from "./jobs.js";
import { type Api, type ApiContext, jobParams, problems } from "./route.js";

/** @param closing aborted when the coordinator stops: streams would hold it up for ever */
export function eventRoutes(api: Api, { store, notices, workers }: ApiContext, closing: AbortSignal): void {
  const feed = new FederationFeed(workers, notices, store.audit);
  const feeds = new JobFeeds(notices);

  api.get(
    "/v1/events",
    {
      exposeHeadRoute: false,
      schema: {
        tags: ["federation"],
        summary: "Server-sent events of the federation: `worker`, `job`, `forgotten` and `audit`",
        description:
          "`worker` has the worker as in `/v1/workers`, `job` the job as in `/v1/jobs`, `forgotten` a worker's `name`, " +
          "`audit` the `seq` of the audit log's newest line, whenever there are new ones. The " +
          "present state of all comes first, between `reset` (what was told before holds no longer) and `ready`. Give the last " +
          "id as `Last-Event-ID` to be told only what changed since; after a restart of the coordinator it is everything again.",
        headers: z.object({ "last-event-id": z.string().max(100).optional() }),
        produces: ["text/event-stream"],
        response: { 200: eventText, ...problems },
      },
    },
    ({ headers }, reply) =>
      stream(reply, closing, (signal, response) =>
        streamFederation({ feed, store, workers }, headers["last-event-id"], signal, response),
      ),
  );

  api.get(
    "/v1/jobs/:id/events",
    {
      exposeHeadRoute: false,
      schema: {
        tags: ["jobs"],
        summary: "Server-sent events of a job: `job`, `round`, `progress` and `log`, until the job is over",
        description:
          "All rounds come first, as they are. Give the last id as `Last-Event-ID` to go on after it, or `from=now` to be told " +
          "the job and what comes.",
        params: jobParams,
        querystring: z.object({ from: z.enum(["start", "now"]).default("start").describe("Without `Last-Event-ID`") }),
        headers: z.object({
          "last-event-id": z.coerce
            .number()
            .int()
            .min(0)
            .max(2 ** 31)
            .optional(),
        }),
        produces: ["text/event-stream"],
        response: { 200: eventText, ...problems },
      },
    },
    async ({ params, query, headers }, reply) => {
      const after = headers["last-event-id"] ?? (query.from === "now" ? "now" : 0);
      const { id } = await existingJob(store, params.id);
      await stream(reply, closing, (signal, response) =>
        streamJob({ job: id, after, signal }, { store, feeds }, response),
      );
    },
  );
}

const eventText = z.string().describe("Server-sent events (WHATWG HTML, section 9.2)");

/** Answers with a stream of events until it ends, its reader is gone, or the coordinator stops. */
async function stream(
  reply: FastifyReply,
  closing: AbortSignal,
  run: (signal: AbortSignal, response: ServerResponse) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, closing]);
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  reply.raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  try {
    await run(signal, reply.raw);
  } catch (error) {
    if (!signal.aborted) reply.log.error({ err: error, path: reply.request.routeOptions.url }, "an event stream ended");
  }
  reply.raw.end();
}
