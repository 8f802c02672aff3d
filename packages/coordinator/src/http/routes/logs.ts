import { jobLogsSchema } from "@tributary/federation";
import { z } from "zod";
import { existingJob } from "./jobs.js";
import { type Api, type ApiContext, jobParams, notModified, paging, problems } from "./route.js";

export function logRoutes(api: Api, { store, jobLogs }: ApiContext): void {
  api.get(
    "/v1/jobs/:id/logs",
    {
      schema: {
        tags: ["jobs"],
        summary: "The newest warnings and errors that workers told of a job, since the coordinator started",
        params: jobParams,
        querystring: z.object({
          limit: paging(200).limit,
          level: z.enum(["warn", "error"]).optional().describe("Lines of this level"),
        }),
        response: { 200: jobLogsSchema, ...notModified, ...problems },
      },
    },
    async ({ params, query }) => {
      const { id } = await existingJob(store, params.id);
      return { lines: jobLogs.of(id, query.limit, query.level) };
    },
  );
}
