import { z } from "zod";
import { modelVersionViewSchema } from "./model-version.js";

/** What one worker's accepted update said of itself. */
export const updateViewSchema = z
  .object({
    worker: z.string(),
    digest: z.string().describe("SHA-256 of the encoded parameter set, hexadecimal"),
    size: z.int().min(0).describe("Bytes"),
    sentBytes: z.int().min(0).describe("Bytes that it travelled as: fewer than `size` where the job has a codec"),
    staleness: z
      .int()
      .min(0)
      .optional()
      .describe(
        "Of asynchronous jobs: versions that were made since the one that it began with, in the version that it is part of",
      ),
    samples: z.int().min(0),
    loss: z.number().describe("Mean training loss over the samples seen"),
    accuracy: z.number().describe("Fraction of the samples seen that were predicted correctly while training, 0 to 1"),
    batches: z.int().min(0),
    samplesSeen: z.int().min(0),
    downloadMs: z.number().min(0),
    trainMs: z.number().min(0),
    uploadMs: z.number().min(0),
  })
  .meta({ id: "Update" });

/** Why an update, or an assignment, came to nothing. */
export const refusalViewSchema = z
  .object({
    worker: z.string(),
    code: z.string().describe("A code of the error catalogue"),
    message: z.string(),
  })
  .meta({ id: "Refusal" });

export const evaluationViewSchema = z
  .object({
    subject: z.string().describe('"" is the global model, otherwise the worker whose update was scored'),
    evaluator: z.string(),
    samples: z.int().min(0),
    loss: z.number(),
    accuracy: z.number().describe("0 to 1"),
    confusion: z.array(z.int().min(0)).describe("classes * classes counts; row: label, column: prediction"),
  })
  .meta({ id: "Evaluation" });

export const roundStatusSchema = z.enum(["training", "aggregating", "evaluating", "finished", "abandoned"]);

/** One attempt at a round. An attempt with too few updates is `abandoned`, and another one follows or the job fails. */
export const roundViewSchema = z
  .object({
    number: z.int().min(1),
    attempt: z.int().min(1),
    status: roundStatusSchema,
    cohort: z.array(z.string()).describe("Names of the selected workers, sorted"),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    timings: z
      .object({
        trainingMs: z.number().min(0).nullable().describe("From the first assignment until the updates were together"),
        aggregationMs: z.number().min(0).nullable().describe("From then until the new model was committed"),
        evaluationMs: z.number().min(0).nullable().describe("From then until it was scored; null without evaluation"),
        totalMs: z.number().min(0).nullable(),
      })
      .describe("null while the phase has not ended"),
    bytesDown: z.int().min(0).describe("Bytes of models sent to workers"),
    bytesUp: z.int().min(0).describe("Bytes of updates received from workers, the refused ones too"),
    updates: z.array(updateViewSchema),
    refusals: z.array(refusalViewSchema),
    model: modelVersionViewSchema.nullable().describe("The model that the round committed"),
    evaluation: evaluationViewSchema.nullable().describe("Of the model that the round committed"),
    updateEvaluations: z.array(evaluationViewSchema).describe("Of single updates, when `evaluation.updates` is on"),
  })
  .meta({ id: "Round" });

export const roundListSchema = z.object({ rounds: z.array(roundViewSchema) }).meta({ id: "RoundList" });

export type UpdateView = z.output<typeof updateViewSchema>;
export type RefusalView = z.output<typeof refusalViewSchema>;
export type EvaluationView = z.output<typeof evaluationViewSchema>;
export type RoundStatus = z.output<typeof roundStatusSchema>;
export type RoundView = z.output<typeof roundViewSchema>;
export type RoundList = z.output<typeof roundListSchema>;
