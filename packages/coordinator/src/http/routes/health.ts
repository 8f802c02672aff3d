import { healthSchema, readinessSchema } from "@tributary/federation";
import { z } from "zod";
import { software } from "../../version.js";
import { type Api, type ApiContext, notModified, problems } from "./route.js";

export function healthRoutes(api: Api, { store, disk, jobs, workers, metrics }: ApiContext): void {
  api.get(
    "/health",
    {
      config: { public: true },
      schema: {
        tags: ["operation"],
        summary: "Whether the coordinator answers. Needs no token",
        security: [],
        response: { 200: healthSchema, ...notModified, ...problems },
      },
    },
    async () => ({ status: "ok" as const, software, uptimeSeconds: process.uptime() }),
  );

  api.get(
    "/ready",
    {
      schema: {
        tags: ["operation"],
        summary: "Whether the store answers, there is room on the disk, and jobs are taken",
        response: { 200: readinessSchema, ...notModified, ...problems },
      },
    },
    async () => {
      await store.unfinishedJobs();
      await disk.require(0);
      return { status: "ready" as const, workers: workers.connected.length, runningJob: jobs.running?.id ?? null };
    },
  );

  api.get(
    "/metrics",
    {
      schema: {
        tags: ["operation"],
        summary: "Measurements for Prometheus",
        produces: ["text/plain"],
        response: { 200: z.string(), ...notModified, ...problems },
      },
    },
    async (_, reply) =>
      reply
        .type(metrics.registry.contentType)
        .serializer(String)
        .send(await metrics.registry.metrics()),
  );
}
