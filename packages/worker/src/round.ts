import { codecLabel, parseCodec, unpackModel } from "@tributary/federation";
import { type BlobRef, type ErrorCode, type TributaryError, toTributaryError } from "@tributary/protocol";
import { deliverUpdate } from "./deliver-update.js";
import { callOptions, type PackedBlob } from "./models.js";
import type { WorkerMetrics } from "./observability/metrics.js";
import { Stages } from "./observability/stages.js";
import { overReconnections } from "./over-reconnections.js";
import { ProgressReports } from "./progress.js";
import type { Course, Deliver, RoundContext } from "./round-context.js";
import { train } from "./train.js";
import { validate } from "./validate.js";
import type { EvaluatingWork, ValidatingWork, Work } from "./work.js";

/** What the coordinator says when the work is done with, one way or the other. */
const SETTLED: readonly ErrorCode[] = ["duplicate_update", "round_closed", "not_in_cohort", "update_too_stale"];

/**
 * A worker's part of a round, top to bottom: fetch the model, train on the shard or evaluate, keep what came of it, send it.
 * A lost connection interrupts a transfer, never the computation; an update that an earlier process of this worker had finished
 * is sent without training again.
 */
export async function takePart(work: Work, signal: AbortSignal, context: RoundContext): Promise<void> {
  const { session, metrics, tracing, worker, log } = context;
  const { job, round, attempt, kind } = work;
  const progress = new ProgressReports(session.channel, work);
  const span = tracing.begin(kind, {
    parent: work.traceparent,
    attributes: { "tributary.job": job, "tributary.round": round, "tributary.worker": worker },
  });
  const stages = new Stages(metrics, tracing, span);
  metrics.lastRound.set(round);
  log.info({ job, round, attempt, kind }, "work began");
  const course = { began: performance.now(), progress, stages, signal };
  try {
    const deliver = (await finishedBefore(work, course, context)) ?? (await compute(work, course, context));
    await stages.run("upload", () => overReconnections(context, signal, deliver));
    if (work.kind === "training") await context.kept.drop();
    log.info({ job, round, attempt, kind, ms: Math.round(performance.now() - course.began) }, "work done");
  } catch (thrown) {
    const error = toTributaryError(thrown);
    stages.failed(error.code);
    if (error.code !== "aborted") countFailure(metrics, work, error);
    if (SETTLED.includes(error.code)) {
      if (work.kind === "training") await context.kept.drop();
      return log.info({ job, round, attempt, code: error.code, reason: error.message }, "the result is not wanted");
    }
    if (error.code !== "aborted") await tellFailure(work, error, signal, context);
    throw error;
  } finally {
    span.end();
  }
}

/** An update that needs no training any more. */
async function finishedBefore(work: Work, course: Course, context: RoundContext): Promise<Deliver | undefined> {
  if (work.kind !== "training") return undefined;
  const finished = await context.kept.answerTo(work);
  if (finished === undefined) return undefined;
  const { job, round, attempt } = work;
  context.log.info({ job, round, attempt }, "the update was finished before; it is sent");
  return () => deliverUpdate(work, finished, course, context);
}

function countFailure(metrics: WorkerMetrics, { kind }: Work, { code }: TributaryError): void {
  metrics.errors.inc({ code });
  if (kind === "training") metrics.updatesRefused.inc({ code });
}

async function compute(work: Work, course: Course, context: RoundContext): Promise<Deliver> {
  const { session, metrics } = context;
  const { began, progress, stages, signal } = course;
  const fetched = (ref: BlobRef, packed?: PackedBlob) =>
    overReconnections(context, signal, () =>
      context.models.fetch(ref, session.channel, {
        signal,
        messages: session.messages,
        onProgress: (done, total) => progress.tell("download", done, total),
        packed,
        onBytes: (bytes, isPacked) =>
          metrics.bytes.inc({ direction: "down", codec: codecLabel(isPacked ? work.packed?.codec : undefined) }, bytes),
      }),
    );
  const { model, sent } = await stages.run("download", async () => ({
    model: await fetched(work.model, packedOf(work)),
    sent: work.kind === "training" && work.vectors !== undefined ? await fetched(work.vectors) : undefined,
  }));
  const downloadMs = Math.round(performance.now() - began);
  switch (work.kind) {
    case "training":
      return train(work, { model, sent, downloadMs }, course, context);
    case "evaluating":
      return evaluate(work, model, course, context);
    case "validating":
    case "personalising":
      return scoreOwn(work, model, course, context);
    default:
      return work satisfies never;
  }
}

/** What the model is made of, when it comes in few bytes. */
function packedOf({ packed, graph }: Work): PackedBlob | undefined {
  if (packed === undefined) return undefined;
  const codec = parseCodec(packed.codec);
  return { ref: packed.blob, unpack: (bytes) => unpackModel(codec, bytes, graph.parameters) };
}

async function evaluate(
  work: EvaluatingWork,
  model: Uint8Array,
  { progress, stages, signal }: Course,
  { thread, session, metrics }: RoundContext,
): Promise<Deliver> {
  const { job, round, attempt, subject, graph, batchSize } = work;
  const began = performance.now();
  const result = await stages.run("evaluate", () =>
    thread.evaluate(
      { graph, model, loss: work.loss, batchSize },
      { signal, onProgress: ({ done, total, loss }) => progress.tell("evaluate", done, total, loss) },
    ),
  );
  const { samples, loss, accuracy } = result;
  if (subject === "") metrics.scored("evaluation", job, result);
  const evaluateMs = Math.round(performance.now() - began);
  const evaluation = {
    job,
    round,
    attempt,
    subject,
    samples,
    loss,
    accuracy,
    confusion: [...result.confusion],
    evaluateMs,
  };
  return async () => void (await session.channel.call("evaluation", evaluation, callOptions({ signal })));
}

async function scoreOwn(
  work: ValidatingWork,
  model: Uint8Array,
  course: Course,
  context: RoundContext,
): Promise<Deliver> {
  const { signal } = course;
  const validation = await validate(work, model, course, context);
  return async () => void (await context.session.channel.call("validation", validation, callOptions({ signal })));
}

async function tellFailure(
  work: Work,
  error: TributaryError,
  signal: AbortSignal,
  context: RoundContext,
): Promise<void> {
  const { job, round, attempt, kind } = work;
  const subject = kind === "evaluating" ? work.subject : "";
  const { code, message, hint } = error;
  const failure = { job, round, attempt, kind, subject, error: { code, message, hint } };
  await overReconnections(context, signal, () => context.session.channel.call("failure", failure)).catch(
    () => undefined,
  );
}
