import {
  fineTuningOf,
  holdoutOf,
  type JobEffect,
  type JobEvent,
  type PersonalisationSpec,
  personalModelAt,
  specAt,
  stepSizeOf,
  strategyOf,
  tooFewSamples,
} from "@tributary/federation";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { elementsOf, parametersIn, writeParameters } from "../aggregator/vector.js";
import { refusalOf, samplesOf, type WorkersContext } from "./virtual-worker.js";

type Context = Pick<WorkersContext, "spec" | "graph" | "shards" | "engines" | "own">;

/** What came of it: a fact, and at the end of the job the worker's own model. */
interface Validated {
  readonly event: JobEvent;
  readonly personal?: ParameterSet;
}

/**
 * What a virtual worker says of the global model by what it holds back, and at the end of the job of its own model.
 *
 * @param global all parameters one after the other, in shared memory
 * @throws TributaryError `aborted`
 */
export async function validate(
  { worker, phase, round }: Extract<JobEffect, { type: "AssignValidation" }>,
  global: Float32Array,
  signal: AbortSignal,
  context: Context,
): Promise<Validated> {
  const { engines, graph, spec } = context;
  if (engines === undefined) throw new TributaryError("internal", "there is no engine to score with");
  const holdout = holdoutOf(spec);
  const { training, validation } = samplesOf(worker, context);
  const score = async (model: Float32Array) => {
    const { loss, accuracy } = await engines.evaluate({ model, samples: validation }, signal);
    return { loss, accuracy };
  };
  try {
    if (validation.length === 0 && holdout) throw tooFewSamples(holdout, training.length);
    const told = { worker, samples: validation.length, ...(await score(global)) };
    const { personalisation } = spec;
    if (phase === "evaluating" || personalisation === undefined)
      return { event: { type: "ValidationReported", round, report: told } };
    const own = await personalise(personalisation, { worker, round, global, training }, signal, context);
    const report = { ...told, personal: await score(own) };
    return { event: { type: "ValidationReported", round, report }, personal: parametersIn(graph, own) };
  } catch (thrown) {
    return { event: { type: "ValidationFailed", round, phase, refusal: refusalOf(worker, thrown) } };
  }
}

interface Made {
  readonly worker: string;
  readonly round: number;
  readonly global: Float32Array;
  /** Places in the data set of what the worker trains on. */
  readonly training: Int32Array;
}

async function personalise(
  personalisation: PersonalisationSpec,
  { worker, round, global, training }: Made,
  signal: AbortSignal,
  { engines, graph, spec: whole, own }: Context,
): Promise<Float32Array> {
  const spec = specAt(whole, round);
  const given = { global: parametersIn(graph, global), own: own.get(worker) };
  const model = new Float32Array(elementsOf(graph));
  writeParameters(personalModelAt({ graph, objective: strategyOf(spec).objective }, given), model);
  const { isScheduled, ...tuning } = fineTuningOf(spec, personalisation, round);
  if (tuning.epochs === 0 || engines === undefined) return model;
  const learningRate = isScheduled ? stepSizeOf(spec, round) : tuning.learningRate;
  const fineTuning = { ...tuning, learningRate, layers: personalisation.layers };
  return (await engines.train({ worker, round, shard: training, model, fineTuning }, signal)).values;
}
