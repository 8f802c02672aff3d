import { z } from "zod";
import { jobViewSchema } from "./job.js";
import { roundViewSchema } from "./round.js";
import { workProgressSchema } from "./worker.js";

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
  ])
  .meta({ id: "JobNotice" });

export type JobNotice = z.output<typeof jobNoticeSchema>;
