import { z } from "zod";
import { nextSchema } from "./page.js";

/** Most classes that a worker shares its counts of. */
export const MAX_SHARED_CLASSES = 256;

/** What a worker last said about its present work. */
export const workProgressSchema = z
  .object({
    job: z.string(),
    round: z.int().min(0),
    attempt: z.int().min(0),
    phase: z.string().describe("download, train, evaluate or upload"),
    done: z.number().min(0),
    total: z.number().min(0),
    loss: z.number().nullable().describe("null when the phase has none"),
  })
  .meta({ id: "WorkProgress" });

/** `downloading` and `uploading` are parts of its work; it says so while it does them. */
export const workerStateSchema = z.enum([
  "idle",
  "downloading",
  "training",
  "evaluating",
  "personalising",
  "uploading",
  "offline",
]);

export const workerViewSchema = z
  .object({
    name: z.string(),
    role: z.enum(["train", "evaluate"]),
    dataset: z.string(),
    samples: z.int().min(0).describe("Samples that its shard holds"),
    sampleShape: z.array(z.int()).describe("Sizes of one sample, [channels, height, width]"),
    classes: z.int().min(0),
    labels: z
      .array(z.int().min(0))
      .max(MAX_SHARED_CLASSES)
      .nullable()
      .describe("How many samples of its shard have each class, where the worker shares that while it is connected"),
    ops: z
      .object({
        count: z.int().min(0),
        own: z.array(z.string()).describe("Operators of its own, of its plug-ins"),
      })
      .describe("The ops that its backend trains"),
    backend: z.string().describe("native or wasm"),
    threads: z.int().min(0),
    tags: z.array(z.string()).nullable().describe("What its owner calls it; null while it is not connected"),
    memory: z
      .int()
      .min(0)
      .nullable()
      .describe("Bytes of memory that it may use; null while it is not connected, or when it did not tell"),
    software: z.string().describe("Tributary's version at the worker"),
    connected: z.boolean(),
    state: workerStateSchema,
    since: z.iso.datetime().describe("When it came into this state"),
    job: z.string().nullable().describe("Id of the job that it works for; null while it has no work"),
    round: z.int().min(0).nullable().describe("The round that it works for; null while it has no work"),
    firstSeenAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    progress: workProgressSchema.nullable().describe("null while it has no work"),
    roundTripMs: z
      .number()
      .min(0)
      .nullable()
      .describe("How long the last ping and its answer took over the worker's socket; null before the first"),
    lastError: z
      .object({
        code: z.string().describe("A code of the error catalogue"),
        message: z.string(),
        at: z.iso.datetime(),
      })
      .nullable()
      .describe("Why its last work that came to nothing did; null: nothing did since the coordinator started"),
  })
  .meta({ id: "Worker" });

export const workerListSchema = z
  .object({ workers: z.array(workerViewSchema), next: nextSchema })
  .meta({ id: "WorkerList" });

export type WorkProgress = z.output<typeof workProgressSchema>;
export type WorkerState = z.output<typeof workerStateSchema>;
export type WorkerView = z.output<typeof workerViewSchema>;
export type WorkerList = z.output<typeof workerListSchema>;
