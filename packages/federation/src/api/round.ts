import { z } from "zod";
import { modelVersionViewSchema } from "./model-version.js";
import { nextSchema } from "./page.js";

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
    samples: z.int().min(0).describe("That the worker trains on: its weight in the mean"),
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

const spreadSchema = z
  .object({
    mean: z.number().describe("Weighted by the samples of each worker"),
    deviation: z.number().min(0).describe("Standard deviation over the workers, each counted alike"),
    minimum: z.number(),
    maximum: z.number(),
    worst: z.number().describe("Mean of the worst 10 % of the workers, at least one, each counted alike"),
  })
  .meta({ id: "Spread" });

const scoreSummarySchema = z
  .object({
    workers: z.int().min(1),
    samples: z.int().min(0).describe("Of all workers together"),
    loss: spreadSchema,
    accuracy: spreadSchema,
  })
  .meta({ id: "ScoreSummary" });

const scoreSchema = z.object({ loss: z.number(), accuracy: z.number().describe("0 to 1") }).meta({ id: "Score" });

/** What workers say of the global model, each by what it holds back. */
export const validationViewSchema = z
  .object({
    workers: z.array(scoreSchema.extend({ worker: z.string(), samples: z.int().min(1) })).describe("By name"),
    summary: scoreSummarySchema,
  })
  .meta({ id: "Validation" });

/** The global model and the workers' own ones, each on what its worker holds back. */
export const personalisationViewSchema = z
  .object({
    workers: z
      .array(z.object({ worker: z.string(), samples: z.int().min(1), global: scoreSchema, personal: scoreSchema }))
      .describe("By name"),
    global: scoreSummarySchema,
    personal: scoreSummarySchema,
  })
  .meta({ id: "Personalisation" });

export const roundStatusSchema = z.enum([
  "training",
  "aggregating",
  "evaluating",
  "personalising",
  "finished",
  "abandoned",
]);

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
    validation: validationViewSchema
      .nullable()
      .describe("What workers say of that model, where `evaluation.workers` asks them; null while nobody has"),
    personalisation: personalisationViewSchema
      .nullable()
      .describe("Of the last round of a job with `personalisation`; null while nobody has told"),
    updateEvaluations: z.array(evaluationViewSchema).describe("Of single updates, when `evaluation.updates` is on"),
  })
  .meta({ id: "Round" });

export const roundListSchema = z
  .object({ rounds: z.array(roundViewSchema), next: nextSchema })
  .meta({ id: "RoundList" });

export type UpdateView = z.output<typeof updateViewSchema>;
export type RefusalView = z.output<typeof refusalViewSchema>;
export type EvaluationView = z.output<typeof evaluationViewSchema>;
export type ValidationView = z.output<typeof validationViewSchema>;
export type PersonalisationView = z.output<typeof personalisationViewSchema>;
export type RoundStatus = z.output<typeof roundStatusSchema>;
export type RoundView = z.output<typeof roundViewSchema>;
export type RoundList = z.output<typeof roundListSchema>;
