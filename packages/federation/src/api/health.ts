import { z } from "zod";

/** `GET /health`: the process answers. */
export const healthSchema = z
  .object({
    status: z.literal("ok"),
    software: z.string().describe("Tributary's version at the coordinator"),
    uptimeSeconds: z.number().min(0),
  })
  .meta({ id: "Health" });

/** `GET /ready`: the store answers, jobs are taken. */
export const readinessSchema = z
  .object({
    status: z.literal("ready"),
    workers: z.int().min(0).describe("Workers that are connected"),
    runningJob: z.string().nullable().describe("Id of the job that runs"),
  })
  .meta({ id: "Readiness" });

export type Health = z.output<typeof healthSchema>;
export type Readiness = z.output<typeof readinessSchema>;
