import { setTimeout } from "node:timers/promises";
import { keepsVectors, parseCodec, unpackModel } from "@tributary/federation";
import {
  type BlobRef,
  digestOf,
  type ErrorCode,
  hex,
  reached,
  TributaryError,
  toTributaryError,
} from "@tributary/protocol";
import type { Tracing } from "@tributary/tracing";
import type { Logger } from "pino";
import { callOptions, type Models, type PackedBlob } from "./models.js";
import type { WorkerMetrics } from "./observability/metrics.js";
import type { RelayedLog } from "./observability/relayed-log.js";
import { Stages } from "./observability/stages.js";
import { ProgressReports } from "./progress.js";
import type { Session } from "./session.js";
import type { KeptUpdate } from "./state/kept-update.js";
import type { KeptVectors } from "./state/kept-vectors.js";
import type { PersonalModels } from "./state/personal-models.js";
import { partOfRound } from "./training/part-of-round.js";
import { countedIn, learningRateOf, ownObjective, stepsOf, trainingOptions } from "./training/settings.js";
import type { TrainingThread } from "./training/training-thread.js";
import { type FinishedUpdate, sendUpdate } from "./uploads.js";
import { splitOf, validate } from "./validate.js";
import type { EvaluatingWork, Objective, TrainingWork, ValidatingWork, Work } from "./work.js";

export interface RoundContext {
  readonly session: Session;
  readonly models: Models;
  readonly thread: TrainingThread;
  readonly kept: KeptUpdate;
  readonly vectors: KeptVectors;
  readonly personal: PersonalModels;
  readonly worker: string;
  /** Samples that the shard holds. */
  readonly samples: number;
  readonly metrics: WorkerMetrics;
  readonly tracing: Tracing;
  readonly relayed: RelayedLog;
  readonly log: Logger;
}

/** After these the connection is made again and the step is repeated. */
const CONNECTION_LOST: readonly ErrorCode[] = ["disconnected", "timed_out", "not_registered", "upload_unknown"];
/** The coordinator can't at present: its disk is full, its database is away. The step is repeated until the round closes. */
const NOT_NOW: readonly ErrorCode[] = ["store_failed", "disk_full", "rate_limited", "internal"];
/** Wait before the first such repetition, and the longest between two, ms. */
const PATIENCE_MS = { first: 500, longest: 15_000 };
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
  const began = performance.now();
  try {
    const finished = work.kind === "training" ? await context.kept.answerTo(work) : undefined;
    if (finished !== undefined) log.info({ job, round, attempt }, "the update was finished before; it is sent");
    const deliver =
      finished === undefined
        ? await compute(work, { began, progress, stages, signal }, context)
        : () => sendUpdate(work, finished, session.channel, uploading(progress, signal, context));
    await stages.run("upload", () => overReconnections(context, signal, deliver));
    if (work.kind === "training") await context.kept.drop();
    log.info({ job, round, attempt, kind, ms: Math.round(performance.now() - began) }, "work done");
  } catch (thrown) {
    const error = toTributaryError(thrown);
    stages.failed(error.code);
    if (error.code !== "aborted") metrics.errors.inc({ code: error.code });
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

type Deliver = () => Promise<void>;

/** A piece of work that is under way. */
interface Course {
  /** When it began, by `performance.now()`. */
  readonly began: number;
  readonly progress: ProgressReports;
  readonly stages: Stages;
  readonly signal: AbortSignal;
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
        onBytes: (bytes) => metrics.bytes.inc({ direction: "down" }, bytes),
      }),
    );
  const { model, sent } = await stages.run("download", async () => ({
    model: await fetched(work.model, packedOf(work)),
    sent: work.kind === "training" && work.vectors !== undefined ? await fetched(work.vectors) : undefined,
  }));
  const downloadMs = Math.round(performance.now() - began);
  switch (work.kind) {
    case "training":
      return stages.run("train", () => train(work, { model, sent, downloadMs }, course, context));
    case "evaluating":
      return stages.run("evaluate", () => evaluate(work, model, course, context));
    case "validating":
    case "personalising":
      return stages.run("evaluate", () => scoreOwn(work, model, course, context));
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

const uploading = (
  progress: ProgressReports,
  signal: AbortSignal,
  { session, metrics }: Pick<RoundContext, "session" | "metrics">,
) => ({
  signal,
  messages: session.messages,
  onBytes: (count: number) => metrics.bytes.inc({ direction: "up" }, count),
  onProgress: (done: number, total: number) => progress.tell("upload", done, total),
});

/** What training begins with, encoded. */
interface Downloaded {
  readonly model: Uint8Array;
  /** The vectors that came along; undefined: none did. */
  readonly sent: Uint8Array | undefined;
  readonly downloadMs: number;
}

async function train(
  work: TrainingWork,
  { model, sent, downloadMs }: Downloaded,
  { progress, signal }: Course,
  { thread, session, kept, vectors, worker, samples, metrics, log }: RoundContext,
): Promise<Deliver> {
  const began = performance.now();
  const counted = countedIn(work);
  const own = keepsVectors(work) ? await vectors.since(work.job, counted) : undefined;
  const part = partOfRound(work, worker, { model, sent, own });
  const { graph, seed, objective } = work;
  const split = splitOf(work, { worker, samples });
  const request = {
    ...{ graph, seed, objective, ...stepsOf(work.settings, work.round) },
    streamName: [work.round, worker],
    samples: split?.training,
  };
  const options = trainingOptions(progress, work.round, signal);
  const { model: start, correction } = part;
  const trained = work.idle ? untrained(model) : await thread.train({ ...request, model: start, correction }, options);
  const personal =
    work.idle || part.personal === undefined || objective.personal === undefined
      ? undefined
      : await thread.train({ ...personalRequest(request, objective.personal), ...part.personal }, options);
  const trainMs = Math.round(performance.now() - began);
  const { loss, accuracy, batches, samplesSeen } = trained;
  metrics.batches.inc(batches);
  metrics.samples.inc(samplesSeen);
  metrics.samplesPerSecond.set(samplesSeen / Math.max(0.001, trainMs / 1000));
  const { bytes, kept: toKeep } = part.end(trained, learningRateOf(work.settings, work.round), personal);
  // Before the update: one that is kept is sent without training again.
  if (toKeep.length > 0) await vectors.keep(work.job, work, counted, toKeep);
  const update: FinishedUpdate = {
    ref: { digest: hex(digestOf(bytes)), size: bytes.byteLength },
    bytes,
    codec: work.codec ?? "",
    samples: split?.training.length ?? samples,
    metrics: { loss, accuracy, batches, samplesSeen, downloadMs, trainMs },
  };
  const { job, round, attempt } = work;
  log.info({ job, round, attempt, ms: trainMs, digest: update.ref.digest }, "trained");
  reached("computed", { round });
  await kept.keep(work, update);
  reached("trained", { round });
  return () => sendUpdate(work, update, session.channel, uploading(progress, signal, { session, metrics }));
}

/** The training of the worker's own model: as that of the global one, but drawn towards it, and with streams of its own. */
const personalRequest = <
  Request extends { readonly streamName: readonly (string | number)[]; readonly objective: Objective },
>(
  request: Request,
  { lambda, epochs }: NonNullable<Objective["personal"]>,
) => ({
  ...request,
  ...{ epochs, maxBatches: 0, streamName: [...request.streamName, "personal"] },
  objective: ownObjective(request.objective, lambda),
});

/** For measuring the machinery: the model as it came. */
const untrained = (update: Uint8Array) => ({ update, loss: 0, accuracy: 0, batches: 0, samplesSeen: 0 });

async function evaluate(
  work: EvaluatingWork,
  model: Uint8Array,
  { progress, signal }: Course,
  { thread, session }: RoundContext,
): Promise<Deliver> {
  const { job, round, attempt, subject, graph, batchSize } = work;
  const began = performance.now();
  const result = await thread.evaluate(
    { graph, model, loss: work.loss, batchSize },
    { signal, onProgress: ({ done, total, loss }) => progress.tell("evaluate", done, total, loss) },
  );
  const { samples, loss, accuracy } = result;
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
  { progress, signal }: Course,
  context: RoundContext,
): Promise<Deliver> {
  const validation = await validate(work, model, progress, signal, context);
  return async () => void (await context.session.channel.call("validation", validation, callOptions({ signal })));
}

/** Repeats a step on each new connection, and when the coordinator can't at present, until it is done or refused. */
async function overReconnections<T>(
  { session, metrics, relayed, log }: RoundContext,
  signal: AbortSignal,
  step: () => Promise<T>,
): Promise<T> {
  for (let patienceMs = PATIENCE_MS.first; ; ) {
    await session.ready(signal);
    try {
      return await step();
    } catch (error) {
      if (error instanceof TributaryError && NOT_NOW.includes(error.code)) {
        metrics.errors.inc({ code: error.code });
        relayed.warn(
          { code: error.code, reason: error.message },
          "the coordinator can't at present; it is tried again",
        );
        await setTimeout(patienceMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
        patienceMs = Math.min(PATIENCE_MS.longest, 2 * patienceMs);
        continue;
      }
      if (!(error instanceof TributaryError) || !CONNECTION_LOST.includes(error.code)) throw error;
      metrics.errors.inc({ code: error.code });
      log.info(
        { code: error.code, reason: error.message },
        "a transfer was interrupted; it goes on with the next connection",
      );
      await setTimeout(100);
    }
  }
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
