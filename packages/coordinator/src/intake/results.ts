import {
  type EvaluationReport,
  MAX_FLOAT32,
  type Refusal,
  type UpdateMetrics,
  type WorkerScore,
  type WorkProgress,
} from "@tributary/federation";
import { fromWire, TributaryError, type v1 } from "@tributary/protocol";
import { z } from "zod";
import { MAX_SAMPLES } from "../sockets/registration.js";

const count = z.int().min(0);
const fraction = z.number().min(0).max(1);
/** The bound of what a worker counts, so that samples times loss stay far from the end of what numbers are. */
const samples = z.int().min(1).max(MAX_SAMPLES);
/** A larger one is no loss that float32 can be: summed or squared it would be a number that no later reader can use. */
const loss = z.number().min(-MAX_FLOAT32).max(MAX_FLOAT32);

const metricsSchema = z.object({
  loss,
  accuracy: fraction,
  batches: count,
  samplesSeen: count,
  downloadMs: count,
  trainMs: count,
  uploadMs: count,
});

const evaluationSchema = z.object({
  subject: z.string().max(64),
  samples,
  loss,
  accuracy: fraction,
  confusion: z.array(count).max(1_000_000),
});

const scoreSchema = z.object({ loss, accuracy: fraction });

const progressSchema = z.object({
  phase: z.enum(["download", "train", "evaluate", "upload"]),
  done: count,
  total: count,
  loss: loss.nullable().catch(null),
});

/** Whether an honest worker may say so of a model: not of one that diverged. */
export const isLoss = (value: number): boolean => loss.safeParse(value).success;

/** @throws TributaryError `invalid_message` naming the field */
export const parseMetrics = (metrics: v1.TrainingMetrics.$Properties | null | undefined): UpdateMetrics =>
  parse("metrics", metricsSchema, {
    loss: 0,
    accuracy: 0,
    batches: 0,
    samplesSeen: 0,
    downloadMs: 0,
    trainMs: 0,
    uploadMs: 0,
    ...metrics,
  });

/** @throws TributaryError `invalid_message` naming the field */
export function parseEvaluation(message: v1.Evaluation, evaluator: string, classes: number): EvaluationReport {
  const report = parse("evaluation", evaluationSchema, message);
  if (report.confusion.length !== classes ** 2)
    throw new TributaryError("invalid_message", `evaluation: confusion: ${classes} × ${classes} counts are wanted`);
  return { ...report, evaluator };
}

/** @throws TributaryError `invalid_message` naming the field */
export function parseValidation({ samples, score, personal }: v1.Validation, worker: string): WorkerScore {
  return {
    ...{ worker, samples },
    ...parse("validation", scoreSchema, score ?? {}),
    ...(personal && { personal: parse("validation of the worker's own model", scoreSchema, personal) }),
  };
}

/** @throws TributaryError `invalid_message` naming the field */
export function parseProgress({ job, round, attempt, ...message }: v1.Progress): WorkProgress {
  return { job, round, attempt, ...parse("progress", progressSchema, message) };
}

/** Why a worker could not do its work, in one line of printable text. */
export function parseFailure(worker: string, error: v1.Error.$Properties | null | undefined): Refusal {
  const { code, message } = fromWire(error ?? {});
  return { worker, code, message: message.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, " ").slice(0, 300) };
}

function parse<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_message", `${what}: ${issue?.path.join(".")}: ${issue?.message}`);
}
