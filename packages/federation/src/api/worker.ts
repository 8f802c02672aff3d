import { z } from "zod";

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

export const workerViewSchema = z
  .object({
    name: z.string(),
    role: z.enum(["train", "evaluate"]),
    dataset: z.string(),
    samples: z.int().min(0).describe("Samples that its shard holds"),
    sampleShape: z.array(z.int()).describe("Sizes of one sample, [channels, height, width]"),
    classes: z.int().min(0),
    ops: z
      .object({
        count: z.int().min(0),
        own: z.array(z.string()).describe("Operators of its own, of its plug-ins"),
      })
      .describe("The ops that its backend trains"),
    backend: z.string().describe("native or wasm"),
    threads: z.int().min(0),
    software: z.string().describe("Tributary's version at the worker"),
    connected: z.boolean(),
    state: z.enum(["idle", "training", "evaluating", "personalising", "offline"]),
    firstSeenAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    progress: workProgressSchema.nullable().describe("null while it has no work"),
  })
  .meta({ id: "Worker" });

export const workerListSchema = z.object({ workers: z.array(workerViewSchema) }).meta({ id: "WorkerList" });

export type WorkProgress = z.output<typeof workProgressSchema>;
export type WorkerView = z.output<typeof workerViewSchema>;
export type WorkerList = z.output<typeof workerListSchema>;
