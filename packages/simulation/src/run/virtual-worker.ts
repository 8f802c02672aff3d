import type { Labels } from "@tributary/data";
import {
  beginWith,
  holdoutOf,
  type JobEvent,
  type JobSpec,
  keepsVectors,
  momentumOf,
  type PersonalBeginning,
  type PersonalModel,
  type Refusal,
  specAt,
  stepSizeOf,
  strategyOf,
  type UpdateMetrics,
  type ValidationSplit,
  validationSplit,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import { type ParameterSet, stream, TributaryError, toTributaryError } from "@tributary/protocol";
import { elementsOf, parametersIn, writeParameters } from "../aggregator/vector.js";
import type { EnginePool } from "../engines/engine-pool.js";
import type { Admission } from "./admission.js";
import { asReceived } from "./as-received.js";
import type { Behaviour, Place } from "./behaviour.js";

/** A part of the data set, and who holds it. */
export interface VirtualShard {
  /** The worker's name, which names its random streams. */
  readonly name: string;
  /** Places of its samples in the data set. */
  readonly indices: Int32Array;
  /** What its owner would call it, for jobs that ask for it. Absent: nothing. */
  readonly tags?: readonly string[];
  /** Bytes of memory that it would tell. Absent: it tells none. */
  readonly memory?: number;
}

/** What a virtual worker is asked for. */
export interface Assignment extends Place {
  readonly worker: string;
}

/** What came of a virtual worker's part: a fact, and the values of its update if there is one. */
export interface Answer {
  readonly event: JobEvent;
  readonly values?: Float32Array;
  /** What comes besides the model. */
  readonly returned?: ParameterSet;
  /** What the worker keeps with it. */
  readonly kept?: ParameterSet;
}

/** What virtual workers have in common. */
export interface WorkersContext {
  readonly spec: JobSpec;
  readonly graph: Graph;
  readonly shards: ReadonlyMap<string, VirtualShard>;
  /** Absent where nobody trains. */
  readonly engines: EnginePool | undefined;
  /** Of those that do otherwise than they are asked, by name. */
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** Labels of the data set. */
  readonly labels: Labels;
  readonly admission: Admission;
  /** The vectors that come with the model; undefined: none do. */
  readonly sent: ParameterSet | undefined;
  /** What each worker kept with the last of its updates that counted. */
  readonly own: ReadonlyMap<string, ParameterSet>;
}

/**
 * A virtual worker's part of a round: it trains on its shard, and what came of it passes admission or is refused.
 *
 * @param model the global model, all parameters one after the other, in shared memory
 * @throws TributaryError `aborted`
 */
export async function takePart(
  assignment: Assignment,
  model: Float32Array,
  signal: AbortSignal,
  context: WorkersContext,
): Promise<Answer> {
  const { worker, round, attempt } = assignment;
  const place = { round, attempt };
  try {
    const { training } = samplesOf(worker, context);
    const { values, metrics, returned, kept, sentBytes } = await answered(assignment, model, signal, context);
    if (!Number.isFinite(metrics.loss)) throw new TributaryError("invalid_message", `metrics: loss is ${metrics.loss}`);
    context.admission.check(values, returned);
    const { size } = context.admission;
    const sent = sentBytes !== undefined && { sent: { digest: worker, size: sentBytes } };
    // In memory an update goes by its worker's name: nobody asks for its digest, which costs more than adding it up.
    const update = { worker, digest: worker, size, samples: training.length, metrics, ...sent };
    return { event: { type: "UpdateAccepted", ...place, update }, values, returned, kept };
  } catch (thrown) {
    return { event: { type: "UpdateRefused", ...place, refusal: refusalOf(worker, thrown) } };
  }
}

/** Why a worker's part came to nothing. @throws what is no answer of a worker: that its work is called off, or a fault of ours */
export function refusalOf(worker: string, thrown: unknown): Refusal {
  const { code, message } = toTributaryError(thrown);
  if (code === "aborted" || code === "internal") throw thrown;
  return { worker, code, message };
}

/** How long virtual workers take for their part, each always as long: median · exp(sigma · z), with z of the normal distribution. */
export interface TrainingDuration {
  /** Seconds. */
  readonly median: number;
  /** Standard deviation of the logarithm; 0: all are equally fast. */
  readonly sigma: number;
}

/** How long this worker takes, ms: drawn from the stream ("training duration", worker). */
export const durationOf = (worker: string, { median, sigma }: TrainingDuration, seed: number): number =>
  1_000 * median * Math.exp(sigma * stream(seed, "training duration", worker).normal());

/** Whether the worker answers this time: as it behaves, and by a draw from the stream ("dropout", round, attempt, worker). */
export const answers = (
  { worker, ...place }: Assignment,
  dropout: number,
  seed: number,
  behaviour: Behaviour | undefined,
): boolean =>
  behaviour?.epochs?.(place) !== 0 &&
  (dropout === 0 || stream(seed, "dropout", place.round, place.attempt, worker).uniform() >= dropout);

type TrainRequest = Parameters<EnginePool["train"]>[0];

/** What a worker makes of the global model, as the coordinator has it in the end. */
interface Worked {
  readonly values: Float32Array;
  readonly metrics: UpdateMetrics;
  readonly returned: ParameterSet;
  readonly kept: ParameterSet;
  /** Bytes that the codec made of it. */
  readonly sentBytes?: number | undefined;
}

/** What the worker trained, or sends in place of it. */
async function answered(
  assignment: Assignment,
  model: Float32Array,
  signal: AbortSignal,
  context: WorkersContext,
): Promise<Worked> {
  const { worker, ...place } = assignment;
  const behaviour = context.behaviours.get(worker) ?? {};
  const work = await worked(assignment, behaviour, model, signal, context);
  if (behaviour.send === undefined) return work;
  const trainAs = async (other: string) => {
    if (!context.shards.has(other)) throw new TributaryError("invalid_request", `there is no worker "${other}"`);
    return (await worked({ ...assignment, worker: other }, {}, model, signal, context)).values;
  };
  const values = await behaviour.send(work.values, { ...place, model, trainAs });
  if (values.length !== model.length)
    throw new TributaryError("shape_mismatch", `${worker} sent ${values.length} values of ${model.length}`);
  return { ...work, values };
}

async function worked(
  { worker, ...place }: Assignment,
  { epochs, label }: Behaviour,
  model: Float32Array,
  signal: AbortSignal,
  context: WorkersContext,
): Promise<Worked> {
  const { graph, sent, labels } = context;
  const { round } = place;
  const spec = specAt(context.spec, round);
  const shard = samplesOf(worker, context).training;
  const { update: codec, errorFeedback } = spec.codec;
  const work = { graph, codec, errorFeedback, objective: strategyOf(spec).objective };
  const request = {
    ...{ worker, round, shard },
    ...(epochs && { epochs: epochs(place) }),
    ...(label && { labels: shard.map((sample) => label(labels[sample] ?? 0)) }),
  };
  if (!keepsVectors(work))
    return { ...(await trained({ ...request, model }, signal, context)), returned: [], kept: [] };
  const given = { global: parametersIn(graph, model), sent, own: context.own.get(worker) };
  const { model: start, correction, residual, warmStart, personal } = beginWith(work, given);
  const values = new Float32Array(elementsOf(graph));
  writeParameters(start, values);
  const { metrics, values: after } = await trained({ ...request, model: values, correction }, signal, context);
  const own = personal && (await trainedPersonal(request, personal, work.objective.personal, signal, context));
  // Without training an update is the global model as it came.
  const ended = {
    parameters: spec.training.idle ? given.global : parametersIn(graph, after),
    ...{ steps: metrics.batches, learningRate: stepSizeOf(spec, round), momentum: momentumOf(spec.training) },
    personal: own,
  };
  const sender = { seed: spec.seed, round, worker, residual, warmStart };
  const { update, returned, kept, sentBytes } = asReceived(work, given, ended, sender);
  writeParameters(update, values);
  return { values, metrics, returned, kept, sentBytes };
}

/** The worker's own model after this round; undefined without training. */
async function trainedPersonal(
  request: Omit<TrainRequest, "model">,
  { model, correction }: PersonalBeginning,
  personal: PersonalModel | undefined,
  signal: AbortSignal,
  { spec, graph, engines }: WorkersContext,
): Promise<ParameterSet | undefined> {
  if (spec.training.idle || engines === undefined) return undefined;
  const start = new Float32Array(elementsOf(graph));
  writeParameters(model, start);
  const { values } = await engines.train({ ...request, model: start, correction, personal }, signal);
  return parametersIn(graph, values);
}

async function trained(
  request: TrainRequest,
  signal: AbortSignal,
  { spec, engines }: WorkersContext,
): Promise<Pick<Worked, "values" | "metrics">> {
  const moved = { downloadMs: 0, uploadMs: 0 };
  if (spec.training.idle)
    return {
      values: request.model,
      metrics: { ...moved, loss: 0, accuracy: 0, batches: 0, samplesSeen: 0, trainMs: 0 },
    };
  if (engines === undefined) throw new TributaryError("internal", "there is no engine to train with");
  const { values, loss, accuracy, batches, samplesSeen, trainMs } = await engines.train(request, signal);
  return { values, metrics: { ...moved, loss, accuracy, batches, samplesSeen, trainMs } };
}

/** Places in the data set of what the worker trains on, and of what it holds back. */
export function samplesOf(worker: string, context: Pick<WorkersContext, "shards" | "spec">): ValidationSplit {
  const { indices } = shardOf(worker, context);
  const holdout = holdoutOf(context.spec);
  if (holdout === undefined) return { training: indices, validation: new Int32Array(0) };
  const split = validationSplit(holdout, { seed: context.spec.seed, worker, samples: indices.length });
  const placed = (part: Int32Array) => part.map((place) => indices[place] ?? 0);
  return { training: placed(split.training), validation: placed(split.validation) };
}

function shardOf(worker: string, { shards }: Pick<WorkersContext, "shards">): VirtualShard {
  const shard = shards.get(worker);
  if (shard === undefined) throw new TributaryError("internal", `there is no virtual worker ${worker}`);
  return shard;
}
