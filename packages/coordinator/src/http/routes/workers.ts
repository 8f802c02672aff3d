import { workerListSchema } from "@tributary/federation";
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
}
