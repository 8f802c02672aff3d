import {
  checkFit,
  codecSchema,
  encodedBytes,
  lossSchema,
  modelCodecSchema,
  optimizerSchema,
  parseCodec,
  type ShardFacts,
  scheduleSchema,
} from "@tributary/federation";
import { decodeGraph, type Graph } from "@tributary/nn";
import { type BlobRef, blobRefOf, TributaryError, type v1 } from "@tributary/protocol";
import { z } from "zod";

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const loss = z.preprocess(given, lossSchema);
const limit = z.preprocess((value) => value ?? undefined, z.number().positive().optional());
const batchSize = z.int().min(1).max(65_536);

const taskSchema = z.object({
  job: z.string().min(1).max(100),
  round: count,
  attempt: count,
  seed: count,
  deadlineMs: count,
});

const vectorNames = z.array(z.string().min(1).max(100)).max(8).default([]);

/** What the job's strategy asks of training besides its settings; LocalObjective of the package `federation` explains it. */
const objectiveSchema = z.object({
  proximalMu: z.number().min(0).max(1e6).optional(),
  localSteps: count.min(1).optional(),
  fullBatch: z.boolean().default(false),
  localParameters: z.array(z.string().min(1).max(200)).max(100).default([]),
  keeps: vectorNames,
  gradientCorrection: z
    .array(z.object({ vector: z.string().min(1).max(100), scale: z.number() }))
    .max(8)
    .default([]),
  afterTraining: z
    .discriminatedUnion("rule", [
      z.object({ rule: z.literal("feddyn"), alpha: z.number().positive() }),
      z.object({ rule: z.literal("scaffold") }),
    ])
    .optional(),
  sends: vectorNames,
  returns: vectorNames,
  personal: z.object({ lambda: z.number().min(0).max(1e6), epochs: count.min(1) }).optional(),
});

export type Objective = z.output<typeof objectiveSchema>;

const holdoutSchema = z.object({ fraction: z.number().positive().max(0.9), minimum: count });

/** The last update of this worker that counted; round 0: none did. */
const counted = { countedRound: count, countedAttempt: count };

const settingsSchema = z.object({
  epochs: count,
  /** 0: whole epochs. */
  maxBatches: count,
  batchSize,
  loss,
  optimizer: z.preprocess(given, optimizerSchema),
  /** Before the schedule. */
  learningRate: z.number().min(0),
  schedule: z.preprocess(given, scheduleSchema.optional()),
  clipNorm: limit,
  clipValue: limit,
});

const trainingSchema = z.object({
  /** Return the model as it came. */
  idle: z.boolean(),
  /** How the update travels; undefined: as it is. */
  codec: z.preprocess((text) => (text === "" ? undefined : text), codecSchema.optional()),
  ...counted,
  settings: settingsSchema.extend({ epochs: count.min(1) }),
  /** What is not trained on; undefined: all of the shard is. */
  holdout: z.preprocess(absent, holdoutSchema.optional()),
  objective: z.preprocess(given, objectiveSchema.prefault({})),
});

/** `subject`: "" is the global model, otherwise the worker whose update is scored. */
const evaluatingSchema = z.object({ subject: z.string().max(100), batchSize, loss });

const validatingSchema = z.object({
  holdout: holdoutSchema,
  batchSize,
  loss,
  /** How a model of the worker's own is made first; undefined: none is. */
  personalising: z.preprocess(
    absent,
    z
      .object({
        settings: settingsSchema,
        /** None: all move. */
        layers: z.array(z.string().min(1).max(200)).max(100),
        objective: z.preprocess(given, objectiveSchema.prefault({})),
        ...counted,
      })
      .optional(),
  ),
});

interface Task extends z.output<typeof taskSchema> {
  readonly model: BlobRef;
  /** The model in few bytes; undefined: it travels as it is. */
  readonly packed: { readonly blob: BlobRef; readonly codec: string } | undefined;
  readonly graph: Graph;
  /** The span of the coordinator that this work is a part of; whatever came, it is read where it is used. */
  readonly traceparent: string;
}

export type TrainingWork = Task &
  z.output<typeof trainingSchema> & {
    readonly kind: "training";
    /** What the objective sends; undefined: all of it is 0. */
    readonly vectors: BlobRef | undefined;
    /** Whether what the codec loses comes back with the next update, where the codec needs that. */
    readonly errorFeedback: boolean;
  };
export type EvaluatingWork = Task & z.output<typeof evaluatingSchema> & { readonly kind: "evaluating" };

/** Of a worker that trains, on what it holds back. */
export type ValidatingWork = Task &
  z.output<typeof validatingSchema> & { readonly kind: "validating" | "personalising" };

/** An assignment that was read and found sound. */
export type Work = TrainingWork | EvaluatingWork | ValidatingWork;

/** Two assignments with one name are the same work, sent again. */
export const nameOf = (work: Work): string =>
  [work.job, work.round, work.attempt, work.kind, work.kind === "evaluating" ? work.subject : ""].join("/");

/**
 * Reads an assignment; what does not fit this worker is refused before anything is computed.
 * @throws TributaryError `invalid_message`, `invalid_graph`, `shape_mismatch`
 */
export function readAssignment({ task, traceparent, ...work }: v1.Assignment, shard: ShardFacts): Work {
  if (!task?.graph) throw new TributaryError("invalid_message", "the assignment has no graph");
  const graph = decodeGraph(task.graph);
  const packed = readPacked(task.packed, graph);
  const common = { ...read(taskSchema, task), graph, model: blobRefOf(task.model), packed, traceparent };
  const whole: Work = { ...common, ...readWork(work) };
  checkFit(graph, whole.kind === "training" ? whole.settings.loss : whole.loss, shard);
  return whole;
}

function readPacked(packed: v1.Task["packed"], graph: Graph): Task["packed"] {
  if (!packed) return undefined;
  const codec = read(modelCodecSchema, packed.codec);
  const blob = blobRefOf(packed.blob);
  const { least, most } = encodedBytes(parseCodec(codec), graph.parameters);
  if (blob.size < least || blob.size > most)
    throw new TributaryError("invalid_message", `the packed model has ${blob.size} bytes, not ${least} to ${most}`);
  return { blob, codec };
}

function readWork({ training, evaluating, validating }: Pick<v1.Assignment, "training" | "evaluating" | "validating">) {
  if (training) {
    const vectors = training.vectors ? blobRefOf(training.vectors) : undefined;
    const errorFeedback = !training.forgetsLosses;
    return { ...read(trainingSchema, training), kind: "training", vectors, errorFeedback } as const;
  }
  if (!validating) return { ...read(evaluatingSchema, evaluating), kind: "evaluating" } as const;
  const work = read(validatingSchema, validating);
  return { ...work, kind: work.personalising ? "personalising" : "validating" } as const;
}

/** A message within another one, which has its fields' defaults; null: it is not there. */
function absent(message: unknown): unknown {
  return message ?? undefined;
}

/** What a message holds, without the fields that are absent: those are null, or lists of nothing. */
function given(message: unknown): unknown {
  if (message === null) return undefined;
  if (typeof message !== "object" || Array.isArray(message)) return message;
  const isThere = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    Object.entries(message)
      .filter(([, value]) => isThere(value))
      .map(([name, value]) => [name, given(value)]),
  );
}

function read<T>(schema: z.ZodType<T>, message: unknown): T {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_message", `assignment: ${issue?.path.join(".") ?? ""}: ${issue?.message}`);
}
