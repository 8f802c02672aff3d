import { auditHeadSchema, auditListSchema } from "@tributary/federation";
import { z } from "zod";
import { type Api, type ApiContext, limit, problems } from "./route.js";

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
          limit: limit(1_000),
          job: word.describe("Lines about this job"),
          action: word.describe("Lines of this action"),
          actor: word.describe("Lines of this actor"),
        }),
        response: { 200: auditListSchema, ...problems },
      },
    },
    async ({ query }) => ({ entries: await store.audit.list(query) }),
  );

  api.get(
    "/v1/audit/head",
    {
      schema: {
        tags: ["audit"],
        summary: "The newest line's number and hash: note them, to tell later that nothing up to here was changed",
        response: { 200: auditHeadSchema, ...problems },
      },
    },
    () => store.audit.head(),
  );
}
