import { z } from "zod";
import { jobViewSchema } from "./job.js";
import { jobLogLineSchema } from "./log.js";
import { roundViewSchema } from "./round.js";
import { workerViewSchema, workProgressSchema } from "./worker.js";

/**
 * What `GET /v1/jobs/:id/events` streams as server-sent events. The SSE field `event` is `type`, `data` is the JSON of
 * `data`. `job` and `round` carry an `id`; give the last one as `Last-Event-ID` and the stream goes on after it. A view
 * replaces the earlier one of the same job, or of the same round and attempt; views in between may be left out.
 * The stream ends after the `job` notice in which the job is over.
 */
export const jobNoticeSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("job"), data: jobViewSchema }),
    z.object({ type: z.literal("round"), data: roundViewSchema }),
    z.object({ type: z.literal("progress"), data: workProgressSchema.extend({ worker: z.string() }) }),
    z
      .object({ type: z.literal("log"), data: jobLogLineSchema })
      .describe("The newest line of its log; those in between are in `GET /v1/jobs/:id/logs`"),
  ])
  .meta({ id: "JobNotice" });

/**
 * What `GET /v1/events` streams: the views of workers and jobs, the newest of each, whenever they change, and how long the audit log is. A new reader is told
 * everything between `reset` and `ready`; so is one whose `Last-Event-ID` is from before the coordinator's last start. Any other
 * goes on after its id, with what changed since.
 */
export const federationNoticeSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("worker"), data: workerViewSchema }),
    z.object({ type: z.literal("job"), data: jobViewSchema }),
    z.object({ type: z.literal("forgotten"), data: z.object({ name: z.string().describe("Of the worker") }) }),
    z
      .object({ type: z.literal("audit"), data: z.object({ seq: z.int().min(0) }) })
      .describe("The audit log has lines up to this number"),
    z.object({ type: z.literal("reset"), data: z.object({}) }).describe("What was told before holds no longer"),
    z.object({ type: z.literal("ready"), data: z.object({}) }).describe("The present state has been told"),
  ])
  .meta({ id: "FederationNotice" });

export type FederationNotice = z.output<typeof federationNoticeSchema>;
export type JobNotice = z.output<typeof jobNoticeSchema>;
