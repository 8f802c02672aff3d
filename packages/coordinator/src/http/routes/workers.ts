import { workerListSchema, workerViewSchema } from "@tributary/federation";
import { z } from "zod";
import { type Api, type ApiContext, problems } from "./route.js";

export function workerRoutes(api: Api, { workers }: ApiContext): void {
  api.get(
    "/v1/workers",
    {
      schema: {
        tags: ["workers"],
        summary: "Every worker that ever registered, and what it does now",
        response: { 200: workerListSchema, ...problems },
      },
    },
    async () => ({ workers: await workers.views() }),
  );

  api.delete(
    "/v1/workers/:name",
    {
      schema: {
        tags: ["workers"],
        summary: "Forget a worker that is not connected, and its key: its name is free",
        params: z.object({ name: z.string().min(1).max(64).describe("Name of the worker") }),
        response: { 200: workerViewSchema, ...problems },
      },
    },
    ({ params }) => workers.forget(params.name),
  );
}
