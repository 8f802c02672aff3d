// The entry file of the training thread: samples and tensors live here, and the worker's connection elsewhere.
import { workerData } from "node:worker_threads";
import { loader, openShard, type Shard, subset } from "@tributary/data";
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
import { trainingPlan } from "@tributary/federation";
import { decodeParameters, encodeParameters } from "@tributary/protocol";
import type {
  Evaluated,
  Opened,
  ThreadProgress,
  ThreadRequest,
  ThreadResult,
  ThreadSettings,
  Trained,
} from "./messages.js";

type Call = Parameters<Parameters<typeof serveEngineThread<ThreadRequest, ThreadResult, ThreadProgress>>[0]>[1];

const { dataDir, threads, backend: preferred, plugins }: ThreadSettings = workerData;
let opening: Promise<{ readonly backend: Backend; readonly shard: Shard }> | undefined;

async function open() {
  opening ??= (async () => {
    await loadEnginePlugins(plugins);
    return { shard: await openShard(dataDir), backend: await openBackend(preferred, { threads }) };
  })();
  return opening;
}

serveEngineThread<ThreadRequest, ThreadResult, ThreadProgress>(async (request, call) => {
  switch (request.kind) {
    case "open":
      return describe();
    case "train":
      return trainOnShard(request, call);
    case "evaluate":
      return evaluateOnShard(request, call);
    default:
      return request satisfies never;
  }
});

async function describe(): Promise<Opened> {
  const { backend } = await open();
  const { name, version } = backend;
  return { kind: "opened", backend: name, version, threads: backend.threads, ops: trainableOps() };
}

async function trainOnShard(
  request: Extract<ThreadRequest, { kind: "train" }>,
  { signal, onProgress }: Call,
): Promise<Trained> {
  const { backend, shard: whole } = await open();
  const shard = partOf(whole, request.samples);
  const { graph, seed, streamName, loss, optimizer, clipping } = request;
  const { limits, total, stepObjective } = trainingPlan(request, shard.count);
  const batches = loader(shard, {
    batchSize: request.batchSize,
    shuffle: { seed, streamName },
    ...(shard.manifest.transforms && { transforms: shard.manifest.transforms }),
    ...limits,
  });
  const correction = request.correction && { correction: decodeParameters(request.correction) };
  const settings = { loss, optimizer, clipping, seed, streamName, objective: { ...stepObjective, ...correction } };
  const { parameters, ...metrics } = await train(backend, graph, decodeParameters(request.model), batches, settings, {
    signal,
    onProgress: ({ batch, loss: batchLoss }) => onProgress({ done: batch, total, loss: batchLoss }),
  });
  refuseNotFinite(parameters);
  return { kind: "trained", update: encodeParameters(parameters), ...metrics };
}

async function evaluateOnShard(
  request: Extract<ThreadRequest, { kind: "evaluate" }>,
  { signal, onProgress }: Call,
): Promise<Evaluated> {
  const { backend, shard: whole } = await open();
  const shard = partOf(whole, request.samples);
  const { graph, model, loss, batchSize } = request;
  const batches = loader(shard, { batchSize });
  const {
    samples,
    accuracy,
    confusion,
    loss: meanLoss,
  } = await evaluate(
    backend,
    graph,
    // An update may have vectors behind its parameters.
    decodeParameters(model).slice(0, graph.parameters.length),
    batches,
    { loss },
    {
      signal,
      onProgress: ({ samples: done, loss: batchLoss }) => onProgress({ done, total: shard.count, loss: batchLoss }),
    },
  );
  return { kind: "evaluated", samples, loss: meanLoss, accuracy, confusion };
}

const partOf = (shard: Shard, samples: Int32Array | undefined): Shard =>
  samples === undefined ? shard : subset(shard, samples);
