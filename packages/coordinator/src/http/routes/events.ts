import { z } from "zod";
import { streamJob } from "../event-stream.js";
import { existingJob } from "./jobs.js";
import { type Api, type ApiContext, jobParams, problems } from "./route.js";

/** @param closing aborted when the coordinator stops: streams would hold it up for ever */
export function eventRoutes(api: Api, { store, notices }: ApiContext, closing: AbortSignal): void {
  api.get(
    "/v1/jobs/:id/events",
    {
      schema: {
        tags: ["jobs"],
        summary: "Server-sent events of a job: `job`, `round` and `progress`, until the job is over",
        description: "Give the last id as `Last-Event-ID` to go on after it.",
        params: jobParams,
        headers: z.object({
          "last-event-id": z.coerce
            .number()
            .int()
            .min(0)
            .max(2 ** 31)
            .optional(),
        }),
        produces: ["text/event-stream"],
        response: { ...problems },
      },
    },
    async ({ params, headers }, reply) => {
      const { id } = await existingJob(store, params.id);
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
        await streamJob({ job: id, after: headers["last-event-id"] ?? 0, signal }, { store, notices }, reply.raw);
      } catch (error) {
        if (!signal.aborted) reply.log.error({ err: error, job: id }, "an event stream ended");
      }
      reply.raw.end();
    },
  );
}
