import {
  clippingOf,
  fineTuningOf,
  holdoutOf,
  type JobEffect,
  type JobSpec,
  knowsCodec,
  learningRateOf,
  lossSpecOf,
  type ModelVersion,
  optimizerSpecOf,
  scoringLossOf,
  specAt,
  strategyOf,
  type TimerId,
} from "@tributary/federation";
import { encodeGraph } from "@tributary/nn";
import { type BlobRef, type v1, wireBlobRef } from "@tributary/protocol";
import { scoringKinds, type Work } from "../sockets/work.js";
import type { JobRun } from "./job-run.js";
import type { Timers } from "./timers.js";

/** The largest number of milliseconds that a task can name. */
const MOST_MS = 2 ** 32 - 1;

/** What a selected worker is asked for: train the global model on its shard. */
export function trainingWork(
  run: JobRun,
  { worker, round, attempt, model }: Extract<JobEffect, { type: "AssignTraining" }>,
  timers: Timers,
): Work {
  const spec = specAt(run.spec, round);
  const vectors = vectorsSent(spec, model);
  const whose = run.state.flow === undefined ? {} : { worker };
  const deadline: TimerId = { phase: "training", round, attempt, ...whose };
  const { epochs, maxBatches = 0, batchSize, schedule, idle } = spec.training;
  const holdout = holdoutOf(spec);
  const settings = {
    ...{ epochs, maxBatches, batchSize },
    ...clippingOf(spec),
    ...(schedule !== undefined && { schedule }),
    loss: lossSpecOf(spec),
    optimizer: optimizerSpecOf(spec),
    learningRate: learningRateOf(spec, round),
  };
  return {
    ...{ kind: "training", job: run.id, round, attempt, subject: "" },
    assignment: ({ codecs }) => ({
      task: taskOf(run, { round, attempt }, model, timers.remaining(deadline), codecs),
      training: {
        ...{
          settings,
          idle,
          objective: objectiveOf(spec),
        },
        ...lastCounted(run, worker),
        ...(isKnown(spec.codec.update, codecs) && { codec: spec.codec.update }),
        forgetsLosses: spec.codec.errorFeedback === false,
        ...(vectors !== undefined && { vectors: wireBlobRef(vectors) }),
        ...(holdout !== undefined && { holdout }),
      },
    }),
  };
}

/** What a worker that trains is asked for besides: score the model on what it holds back, at the end its own one, too. */
export function validationWork(
  run: JobRun,
  { worker, phase, round, attempt, model }: Extract<JobEffect, { type: "AssignValidation" }>,
  timers: Timers,
): Work {
  const { spec } = run;
  const { batchSize } = spec.evaluation;
  const holdout = holdoutOf(spec) ?? {};
  const personalising = phase === "personalising" ? personalisingOf(run, worker, round) : undefined;
  return {
    ...{ kind: scoringKinds[phase], job: run.id, round, attempt, subject: "" },
    assignment: ({ codecs }) => ({
      task: taskOf(run, { round, attempt }, model, timers.remaining({ phase, round, attempt }), codecs),
      validating: { holdout, batchSize, loss: scoringLossOf(spec), ...(personalising && { personalising }) },
    }),
  };
}

function personalisingOf(run: JobRun, worker: string, round: number) {
  const spec = specAt(run.spec, round);
  const { personalisation } = spec;
  if (personalisation === undefined) return undefined;
  const { isScheduled, ...tuning } = fineTuningOf(spec, personalisation, round);
  const { schedule } = spec.training;
  return {
    settings: {
      ...tuning,
      ...clippingOf(spec),
      ...(isScheduled && schedule !== undefined && { schedule }),
      loss: lossSpecOf(spec),
    },
    layers: [...(personalisation.layers ?? [])],
    objective: objectiveOf(spec),
    ...lastCounted(run, worker),
  };
}

/** The last update of a worker that counted: what it kept with it is what it goes on with. */
function lastCounted({ state }: JobRun, worker: string) {
  const { round, attempt } = state.counted[worker] ?? { round: 0, attempt: 0 };
  return { countedRound: round, countedAttempt: attempt };
}

/** What is sent along with a model: what the strategy kept, where it sends of that. */
export const vectorsSent = (spec: Pick<JobSpec, "strategy">, model: ModelVersion | undefined): BlobRef | undefined =>
  strategyOf(spec).objective.sends === undefined ? undefined : model?.state;

/** What the job's strategy asks of training. */
export function objectiveOf(spec: Pick<JobSpec, "strategy">): v1.LocalObjective.$Properties {
  const { proximalMu, localSteps, fullBatch = false, localParameters = [], ...kept } = strategyOf(spec).objective;
  const { keeps = [], gradientCorrection = [], afterTraining, sends = [], returns = [], personal } = kept;
  return {
    ...(proximalMu !== undefined && { proximalMu }),
    ...(localSteps !== undefined && { localSteps }),
    ...{ fullBatch, localParameters: [...localParameters], keeps: [...keeps] },
    gradientCorrection: gradientCorrection.map(({ vector, scale }) => ({ vector, scale })),
    ...(afterTraining !== undefined && { afterTraining: { ...afterTraining } }),
    ...{ sends: [...sends], returns: [...returns] },
    ...(personal !== undefined && { personal: { ...personal } }),
  };
}

/** What an evaluator is asked for: score the new global model, or a worker's update. */
export function evaluationWork(
  run: JobRun,
  effect: Extract<JobEffect, { type: "AssignEvaluation" }>,
  attempt: number,
  timers: Timers,
): Work {
  const { round, subject } = effect;
  const { evaluation } = run.spec;
  const { model } = run.state;
  const scored = model?.digest === effect.digest ? model : effect;
  return {
    ...{ kind: "evaluating", job: run.id, round, attempt, subject },
    assignment: ({ codecs }) => ({
      task: taskOf(run, { round, attempt }, scored, timers.remaining({ phase: "evaluating", round, attempt }), codecs),
      evaluating: { subject, batchSize: evaluation.batchSize, loss: scoringLossOf(run.spec) },
    }),
  };
}

/** Whether a job has this codec, and a worker knows its stages. What has no codec for both travels as it is. */
const isKnown = (codec: string | undefined, stages: readonly string[]): codec is string =>
  codec !== undefined && knowsCodec(stages, codec);

const taskOf = (
  run: JobRun,
  { round, attempt }: { readonly round: number; readonly attempt: number },
  { packed, ...model }: BlobRef & Pick<ModelVersion, "packed">,
  deadlineMs: number,
  codecs: readonly string[],
): v1.Task.$Properties => ({
  ...{ job: run.id, round, attempt, seed: run.spec.seed },
  model: wireBlobRef(model),
  ...(packed !== undefined &&
    isKnown(run.spec.codec.model, codecs) && { packed: { blob: wireBlobRef(packed), codec: run.spec.codec.model } }),
  graph: encodeGraph(run.graph),
  deadlineMs: Math.min(MOST_MS, deadlineMs),
});
