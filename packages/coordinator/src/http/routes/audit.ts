import { auditHeadSchema, auditListSchema } from "@tributary/federation";
import { z } from "zod";
import { pageOf, placeIn } from "../cursor.js";
import { type Api, type ApiContext, notModified, paging, problems } from "./route.js";

const moment = z.iso.datetime({ offset: true }).optional();
const word = z.string().min(1).max(200).optional();

export function auditRoutes(api: Api, { store }: ApiContext): void {
  api.get(
    "/v1/audit",
    {
      schema: {
        tags: ["audit"],
        summary: "The audit log, line by line; each has the hash of the one before",
        querystring: z.object({
          after: z.coerce
            .number()
            .int()
            .min(0)
            .max(2 ** 31)
            .default(0)
            .describe("Lines after this number"),
          ...paging(1_000),
          job: word.describe("Lines about this job"),
          action: word.describe("Lines of this action"),
          actor: word.describe("Lines of this actor: `coordinator`, `admin`, `stranger`, or `worker:NAME`"),
          worker: z.string().min(1).max(64).optional().describe("Lines of the worker of this name"),
          since: moment.describe("Lines from this moment on"),
          until: moment.describe("Lines before this moment"),
        }),
        response: { 200: auditListSchema, ...notModified, ...problems },
      },
    },
    async ({ query }) => {
      const { limit, cursor, worker, since, until, ...filters } = query;
      const ofWorker = worker === undefined ? undefined : `worker:${worker}`;
      if (ofWorker !== undefined && (filters.actor ?? ofWorker) !== ofWorker) return { entries: [], next: null };
      const after = Math.max(query.after, placeIn("audit", z.tuple([z.int32()]), cursor)?.[0] ?? 0);
      const found = await store.audit.list({
        ...filters,
        ...{ after, limit: limit + 1 },
        ...(ofWorker !== undefined && { actor: ofWorker }),
        ...(since !== undefined && { since: new Date(since) }),
        ...(until !== undefined && { until: new Date(until) }),
      });
      const { rows, next } = pageOf("audit", found, limit, ({ seq }) => [seq]);
      return { entries: rows, next };
    },
  );

  api.get(
    "/v1/audit/head",
    {
      schema: {
        tags: ["audit"],
        summary: "The newest line's number and hash: note them, to tell later that nothing up to here was changed",
        response: { 200: auditHeadSchema, ...notModified, ...problems },
      },
    },
    () => store.audit.head(),
  );
}
