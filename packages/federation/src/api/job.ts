import { z } from "zod";
import { namedJobSpecSchema } from "../job/job-spec.js";
import { modelVersionViewSchema } from "./model-version.js";
import { nextSchema } from "./page.js";

/** Jobs run one at a time, in the order of submission: the others are `queued`. A `paused` one runs again when it is resumed. */
export const jobStatusSchema = z.enum(["queued", "running", "paused", "completed", "cancelled", "failed"]);

export const shortageViewSchema = z
  .object({
    needed: z.int().min(1).describe("Workers that must be there"),
    able: z.int().min(0).describe("Those that are there and train every op of the network"),
    unable: z
      .array(z.object({ worker: z.string(), ops: z.array(z.string()).describe("The ops that it does not train") }))
      .describe("Those that are there and do not"),
    unfit: z
      .array(z.object({ worker: z.string(), reason: z.string().describe("Like: has not the tag gpu") }))
      .optional()
      .describe("Those that do, and may not be selected all the same; absent: none"),
  })
  .meta({ id: "Shortage" });

export const jobViewSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    status: jobStatusSchema,
    phase: z
      .enum(["waiting", "training", "aggregating", "evaluating", "personalising", "retrying"])
      .nullable()
      .describe(
        "What a running job does; `waiting`: for enough workers; `personalising`: the last model is there, and workers make their own ones of it; `retrying`: it stopped, and goes on by itself. null when it does not run",
      ),
    reason: z
      .string()
      .nullable()
      .describe(
        "Why it ended: when completed `rounds` or what of `stop` was reached (`accuracy`, `loss`, `patience`, `wallClock`, `budgetBytes`), a sentence when failed. Why it stands when it is paused or retrying",
      ),
    waitingFor: shortageViewSchema.nullable().describe("What it waits for in the phase `waiting`; null in any other"),
    spec: namedJobSpecSchema.describe("As it was submitted, with what was changed since"),
    parameters: z.int().min(0).describe("Number of the model's parameters"),
    round: z.int().min(0).describe("The present round; 0 before the first begins"),
    model: modelVersionViewSchema.nullable().describe("The newest version; null before the job started"),
    accuracy: z
      .number()
      .nullable()
      .describe(
        "The newest evaluated accuracy of the global model, 0 to 1: an evaluator's, and without one the mean of what workers hold back, when all that are waited for have told",
      ),
    bestAccuracy: z
      .number()
      .nullable()
      .describe(
        "The best of these accuracies so far, 0 to 1, over all its rounds; null while no global model has been scored",
      ),
    submittedAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Job" });

/** Newest first. */
export const jobListSchema = z.object({ jobs: z.array(jobViewSchema), next: nextSchema }).meta({ id: "JobList" });

export type JobStatus = z.output<typeof jobStatusSchema>;
export type JobView = z.output<typeof jobViewSchema>;
export type JobList = z.output<typeof jobListSchema>;

/** Whether a job will never change again. */
export const isOver = (status: JobStatus): boolean =>
  status !== "queued" && status !== "running" && status !== "paused";
