import {
  type JobView,
  jobChangesSchema,
  jobListSchema,
  jobSeriesSchema,
  jobStatusSchema,
  jobViewSchema,
  namedJobSpecSchema,
  parseJobChanges,
  parseJobSpec,
  roundListSchema,
  roundStatusSchema,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { unknownJob } from "../../jobs/unknown-job.js";
import { jobSeries } from "../../store/job-series.js";
import type { JobRecord } from "../../store/records.js";
import { jobViews, roundViews } from "../../store/views.js";
import { pageOf, placeIn } from "../cursor.js";
import { isEmpty, jsonOf, textOf } from "./body.js";
import {
  type Api,
  type ApiContext,
  idempotencyHeaders,
  jobParams,
  notModified,
  orderSchema,
  paging,
  problems,
} from "./route.js";

const pauseSchema = z.object({
  reason: z.string().min(1).max(300).default("somebody paused it").describe("For people"),
});

export function jobRoutes(api: Api, { store, jobs }: ApiContext): void {
  const viewOf = async (record: JobRecord): Promise<JobView> => {
    const [view] = await jobViews(store, [record]);
    if (view === undefined) throw new TributaryError("internal", `job ${record.id} has no view`);
    return view;
  };

  api.post(
    "/v1/jobs",
    {
      schema: {
        tags: ["jobs"],
        summary: "Submit a job: a JobSpec as JSON or YAML. Jobs run one at a time, in this order",
        consumes: ["application/json", "application/yaml"],
        description:
          "With an `Idempotency-Key` it may be sent again: the same key and body give the same job, also after a restart of the " +
          "coordinator; the same key with another body is refused with `idempotency_key_reused`.",
        headers: idempotencyHeaders,
        body: namedJobSpecSchema,
        response: { 201: jobViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const text = textOf(request.body);
      const spec = () => parseJobSpec(text);
      const record = await (key === undefined ? jobs.submit(spec()) : jobs.submitOnce(key, text, spec));
      return reply
        .code(201)
        .header("location", `/v1/jobs/${record.id}`)
        .send(await viewOf(record));
    },
  );

  api.get(
    "/v1/jobs",
    {
      schema: {
        tags: ["jobs"],
        summary: "Jobs, the newest first",
        querystring: z.object({
          ...paging(100),
          status: jobStatusSchema.optional().describe("Jobs of this status"),
          name: z.string().min(1).max(200).optional().describe("Jobs whose name has this in it"),
        }),
        response: { 200: jobListSchema, ...notModified, ...problems },
      },
    },
    async ({ query: { cursor, ...query } }) => {
      const before = placeIn("jobs", z.tuple([z.int()]), cursor)?.[0];
      const found = await store.jobs({ ...query, limit: query.limit + 1, before });
      const { rows, next } = pageOf("jobs", found, query.limit, ({ position }) => [position]);
      return { jobs: await jobViews(store, rows), next };
    },
  );

  api.get(
    "/v1/jobs/:id",
    {
      schema: {
        tags: ["jobs"],
        summary: "A job and where it stands",
        params: jobParams,
        response: { 200: jobViewSchema, ...notModified, ...problems },
      },
    },
    async ({ params }) => viewOf(await existingJob(store, params.id)),
  );

  api.post(
    "/v1/jobs/:id/cancel",
    {
      schema: {
        tags: ["jobs"],
        summary: "Cancel a job that is not over. A second time does no harm",
        params: jobParams,
        response: { 200: jobViewSchema, ...problems },
      },
    },
    async ({ params }) => {
      await jobs.cancel(params.id);
      return viewOf(await existingJob(store, params.id));
    },
  );

  api.post(
    "/v1/jobs/:id/pause",
    {
      schema: {
        tags: ["jobs"],
        summary:
          "Pause a job: it keeps what it has until it is resumed, and others may run. A second time does no harm",
        params: jobParams,
        body: pauseSchema.nullish(),
        response: { 200: jobViewSchema, ...problems },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { success, data } = pauseSchema.safeParse((isEmpty(request.body) ? null : jsonOf(request.body)) ?? {});
      if (!success) throw new TributaryError("invalid_request", "reason: text of 1 to 300 characters is wanted");
      await jobs.pause(id, data.reason);
      return viewOf(await existingJob(store, id));
    },
  );

  api.post(
    "/v1/jobs/:id/resume",
    {
      schema: {
        tags: ["jobs"],
        summary: "Let a paused job go on, as soon as no other runs. For one that is not paused it does nothing",
        params: jobParams,
        response: { 200: jobViewSchema, ...problems },
      },
    },
    async ({ params }) => {
      await jobs.resume(params.id);
      return viewOf(await existingJob(store, params.id));
    },
  );

  api.patch(
    "/v1/jobs/:id",
    {
      schema: {
        tags: ["jobs"],
        summary: "Change how long a job waits, for how many and whom, how far it goes and what ends it, while it runs",
        params: jobParams,
        body: jobChangesSchema,
        response: { 200: jobViewSchema, ...problems },
      },
    },
    async (request) => {
      const { id } = request.params;
      await jobs.change(id, parseJobChanges(jsonOf(request.body)));
      return viewOf(await existingJob(store, id));
    },
  );

  api.get(
    "/v1/jobs/:id/rounds",
    {
      schema: {
        tags: ["jobs"],
        summary: "The rounds of a job: cohort, timings, bytes, updates, refusals and evaluations",
        params: jobParams,
        querystring: z.object({
          from: z.coerce.number().int().min(0).max(1_000_000).default(1).describe("The first round that is answered"),
          through: z.coerce.number().int().min(0).max(1_000_000).optional().describe("The last round that is answered"),
          status: roundStatusSchema.optional().describe("Attempts of this status"),
          evaluated: z
            .enum(["true", "false"])
            .default("false")
            .describe("Only attempts whose model an evaluator scored"),
          order: orderSchema,
          ...paging(1_000),
        }),
        response: { 200: roundListSchema, ...notModified, ...problems },
      },
    },
    async ({ params, query: { cursor, evaluated, ...query } }) => {
      const { id } = await existingJob(store, params.id);
      const beyond = placeIn("rounds", z.tuple([z.int32(), z.int32()]), cursor);
      const isEvaluated = evaluated === "true";
      const found = await store.rounds.of(id, { ...query, isEvaluated, limit: query.limit + 1, beyond });
      const { rows, next } = pageOf("rounds", found, query.limit, ({ number, attempt }) => [number, attempt]);
      return { rounds: await roundViews(store, id, rows), next };
    },
  );

  api.get(
    "/v1/jobs/:id/series",
    {
      schema: {
        tags: ["jobs"],
        summary: "Accuracy and loss over all rounds that are over, in a few points: what a chart needs",
        description:
          "Of the global model, in each of equally wide columns the first, the lowest, the highest and the last; of single " +
          "workers, rounds at equal distances.",
        params: jobParams,
        querystring: z.object({
          points: z.coerce.number().int().min(4).max(4_000).default(500).describe("Most points of a line"),
          workers: z.coerce
            .number()
            .int()
            .min(0)
            .max(20)
            .default(0)
            .describe("Workers that have lines: the first by name"),
          names: z
            .string()
            .regex(/^[A-Za-z0-9._-]{1,64}(,[A-Za-z0-9._-]{1,64}){0,19}$/, "1 to 20 names of workers, with commas")
            .optional()
            .describe("Further workers that have lines, by their names: up to 20, with commas between them"),
        }),
        response: { 200: jobSeriesSchema, ...notModified, ...problems },
      },
    },
    async ({ params, query }) => {
      const names = query.names?.split(",") ?? [];
      return jobSeries(store, await existingJob(store, params.id), { ...query, names });
    },
  );
}

/** @throws TributaryError `not_found` */
export async function existingJob(store: ApiContext["store"], id: string): Promise<JobRecord> {
  const record = await store.job(id);
  if (record === undefined) throw await unknownJob(store, id);
  return record;
}
