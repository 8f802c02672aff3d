import { workerListSchema, workerStateSchema, workerViewSchema } from "@tributary/federation";
import { z } from "zod";
import { unknownWorker } from "../../sockets/unknown-worker.js";
import { pageOf, placeIn } from "../cursor.js";
import { type Api, type ApiContext, notModified, paging, problems } from "./route.js";

const workerParams = z.object({ name: z.string().min(1).max(64).describe("Name of the worker") });

export function workerRoutes(api: Api, { workers }: ApiContext): void {
  api.get(
    "/v1/workers",
    {
      schema: {
        tags: ["workers"],
        summary: "Every worker that ever registered, and what it does now",
        querystring: z.object({
          ...paging(1_000),
          state: workerStateSchema.optional().describe("Workers in this state"),
        }),
        response: { 200: workerListSchema, ...notModified, ...problems },
      },
    },
    async ({ query: { limit, cursor, state } }) => {
      const after = placeIn("workers", z.tuple([z.string().max(64)]), cursor)?.[0] ?? "";
      const found = (await workers.views())
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .filter((view) => view.name > after && (state === undefined || view.state === state));
      const { rows, next } = pageOf("workers", found, limit, ({ name }) => [name]);
      return { workers: rows, next };
    },
  );

  api.get(
    "/v1/workers/:name",
    {
      schema: {
        tags: ["workers"],
        summary: "A worker and what it does now",
        params: workerParams,
        response: { 200: workerViewSchema, ...notModified, ...problems },
      },
    },
    async ({ params }) => {
      const views = await workers.views();
      const view = views.find(({ name }) => name === params.name);
      if (view !== undefined) return view;
      throw unknownWorker(
        params.name,
        views.map(({ name }) => name),
      );
    },
  );

  api.delete(
    "/v1/workers/:name",
    {
      schema: {
        tags: ["workers"],
        summary: "Forget a worker that is not connected, and its key: its name is free",
        params: workerParams,
        response: { 200: workerViewSchema, ...problems },
      },
    },
    ({ params }) => workers.forget(params.name),
  );
}
