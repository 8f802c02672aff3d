import type { IncomingMessage, ServerResponse } from "node:http";
import { PROBLEM_MEDIA_TYPE, problemSchema } from "@tributary/federation";
import type { BlobFolder } from "@tributary/protocol";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AuditTrail } from "../../audit-trail.js";
import type { DiskGuard } from "../../disk/disk-guard.js";
import type { Jobs } from "../../jobs/jobs.js";
import type { Notices } from "../../jobs/notices.js";
import type { JobLogs } from "../../logs/job-logs.js";
import type { Metrics } from "../../metrics.js";
import type { Workers } from "../../sockets/workers.js";
import type { Store } from "../../store/store.js";
import type { Webhooks } from "../../webhooks/webhooks.js";

/** Fastify with request and response types out of the zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes answer from. */
export interface ApiContext {
  readonly store: Store;
  readonly blobs: BlobFolder;
  readonly disk: DiskGuard;
  readonly jobs: Jobs;
  readonly workers: Workers;
  readonly notices: Notices;
  readonly trail: AuditTrail;
  readonly metrics: Metrics;
  readonly webhooks: Webhooks;
  readonly jobLogs: JobLogs;
}

/** The answers that any route may give when it refuses. */
const problem = (description: string) => ({
  description,
  content: { [PROBLEM_MEDIA_TYPE]: { schema: problemSchema } },
});
export const problems = {
  "4xx": problem("What is wrong with the request"),
  "5xx": problem("What is wrong with the coordinator"),
} as const;

export const jobParams = z.object({ id: z.string().min(1).max(64).describe("Id of the job") });

/** Of a request that makes something and may come again. */
export const idempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "1 to 200 printable ASCII characters")
    .optional()
    .describe("The same key and body give the same answer again"),
});

/** The part of a list that is asked for. */
export const paging = (fallback: number) => ({
  limit: z.coerce.number().int().min(1).max(1_000).default(fallback).describe("Most that are answered"),
  cursor: z
    .string()
    .max(500)
    .regex(/^[A-Za-z0-9_-]+$/, "the `next` of the page before")
    .optional()
    .describe("`next` of the page before; with the same filters"),
});

/** Which end of a list comes first. */
export const orderSchema = z.enum(["oldest", "newest"]).default("oldest").describe("Which comes first");

/** The answer to who has the present state already: their `If-None-Match` has its ETag. */
export const notModified = { 304: z.null().describe("It is as the ETag in `If-None-Match` says") } as const;
