// The entry file of an engine's thread: what a worker's training thread does, for whichever virtual worker is asked.
import { workerData } from "node:worker_threads";
import { loader, subset } from "@tributary/data";
import {
  type Backend,
  evaluate,
  loadEnginePlugins,
  openBackend,
  refuseNotFinite,
  serveEngineThread,
  train,
  trainableOps,
} from "@tributary/engine";
import {
  clippingOf,
  lossSpecOf,
  optimizerSpecOf,
  scoringLossOf,
  specAt,
  stepSizeOf,
  strategyOf,
  trainingPlan,
  withLayers,
} from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { elementsOf, parametersIn, writeParameters } from "../aggregator/vector.js";
import type { EngineRequest, EngineResult, EngineSettings, Evaluated, Opened, Trained } from "./messages.js";

const settings: EngineSettings = workerData;
const { graph, seed } = settings;
/** One thread an op, as workers have it unless they are told otherwise: the bytes are the same. */
const THREADS = 1;
let opening: Promise<Backend> | undefined;

const open = (): Promise<Backend> => {
  opening ??= (async () => {
    await loadEnginePlugins(settings.plugins);
    return openBackend(settings.backend, { threads: THREADS });
  })();
  return opening;
};

serveEngineThread<EngineRequest, EngineResult>(async (request, { signal }) => {
  switch (request.kind) {
    case "open":
      return describe();
    case "train":
      return trainWorker(request, signal);
    case "evaluate":
      return evaluateModel(request, signal);
    default:
      return request satisfies never;
  }
});

async function describe(): Promise<Opened> {
  const { name } = await open();
  return { kind: "opened", backend: name, ops: trainableOps() };
}

async function trainWorker(
  {
    worker,
    round,
    shard,
    model,
    correction,
    personal,
    fineTuning,
    labels,
    epochs,
  }: Extract<EngineRequest, { kind: "train" }>,
  signal: AbortSignal,
): Promise<Trained> {
  const spec = specAt(settings, round);
  const { training } = spec;
  const backend = await open();
  const began = performance.now();
  const { dataset, transforms } = settings;
  const { maxBatches = 0 } = training;
  const { clipNorm, clipValue } = clippingOf(settings);
  const batchSize = fineTuning?.batchSize ?? training.batchSize;
  // The names of streams that a worker gives.
  const part = fineTuning ? ["personalisation"] : personal ? ["personal"] : [];
  const streamName = [round, worker, ...part];
  const amount = fineTuning
    ? { epochs: fineTuning.epochs, maxBatches: 0, objective: {} }
    : personal
      ? { epochs: personal.epochs, maxBatches: 0, objective: { proximalMu: personal.lambda } }
      : { epochs: epochs ?? training.epochs, maxBatches, objective: strategyOf(spec).objective };
  const { limits, stepObjective } = trainingPlan({ batchSize, ...amount }, shard.length);
  const held = subset(dataset, shard);
  const batches = loader(labels ? { ...held, labels } : held, {
    batchSize,
    shuffle: { seed, streamName },
    ...(transforms && { transforms }),
    ...limits,
  });
  const optimizer = fineTuning
    ? { ...fineTuning.optimizer, learningRate: fineTuning.learningRate }
    : { ...optimizerSpecOf(spec), learningRate: stepSizeOf(spec, round) };
  const rule = {
    loss: lossSpecOf(settings),
    optimizer,
    objective: { ...stepObjective, ...(correction && { correction }) },
    clipping: {
      ...(clipNorm !== undefined && { norm: clipNorm }),
      ...(clipValue !== undefined && { value: clipValue }),
    },
  };
  // A copy of its own: backends need not know shared memory.
  const parameters = parametersIn(graph, new Float32Array(model));
  const network = withLayers(graph, fineTuning?.layers);
  const trained = await train(backend, network, parameters, batches, { ...rule, seed, streamName }, { signal });
  const { loss, accuracy, batches: steps, samplesSeen } = trained;
  refuseNotFinite(trained.parameters);
  const values = new Float32Array(elementsOf(graph));
  writeParameters(trained.parameters, values);
  const trainMs = Math.round(performance.now() - began);
  return { kind: "trained", values, loss, accuracy, batches: steps, samplesSeen, trainMs };
}

async function evaluateModel(
  { model, samples: places }: Extract<EngineRequest, { kind: "evaluate" }>,
  signal: AbortSignal,
): Promise<Evaluated> {
  const backend = await open();
  const { evaluationBatchSize: batchSize } = settings;
  const heldOut = places === undefined ? settings.heldOut : subset(settings.dataset, places);
  if (heldOut === undefined) throw new TributaryError("internal", "there is nothing to evaluate on");
  const parameters = parametersIn(graph, new Float32Array(model));
  const loss = scoringLossOf(settings);
  const scores = await evaluate(backend, graph, parameters, loader(heldOut, { batchSize }), { loss }, { signal });
  const { samples, accuracy, confusion, loss: meanLoss } = scores;
  return { kind: "evaluated", samples, loss: meanLoss, accuracy, confusion };
}
