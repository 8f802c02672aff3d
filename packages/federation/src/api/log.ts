import { z } from "zod";

/** A warning or an error of a worker, as it told the coordinator. */
export const jobLogLineSchema = z
  .object({
    at: z.iso.datetime().describe("When it came"),
    worker: z.string(),
    round: z.number().int().min(0),
    level: z.enum(["warn", "error"]),
    code: z.string().describe("Code of the error catalogue"),
    message: z.string().describe("One line"),
    omitted: z.number().int().min(0).describe("Lines of this worker that were left out before this one"),
  })
  .meta({ id: "JobLogLine" });

export type JobLogLine = z.output<typeof jobLogLineSchema>;

export const jobLogsSchema = z
  .object({ lines: z.array(jobLogLineSchema).readonly() })
  .meta({ id: "JobLogs", description: "The newest warnings and errors that workers told of a job, the newest last" });
