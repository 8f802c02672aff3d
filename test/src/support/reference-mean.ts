import { join } from "node:path";
import { loader, openShard } from "@tributary/data";
import { openBackend, train } from "@tributary/engine";
import { type JobSpec, learningRateOf, lossSpecOf, optimizerSpecOf } from "@tributary/federation";
import { type Graph, initialise } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";

export interface ReferenceUpdate {
  readonly samples: number;
  readonly parameters: ParameterSet;
}

/** What the update of round 1 of a worker must be: the same training on wasm, in this process. Its shard is `folder/name`. */
export async function referenceUpdate(
  spec: JobSpec,
  graph: Graph,
  folder: string,
  name: string,
): Promise<ReferenceUpdate> {
  const shard = await openShard(join(folder, name));
  const { batchSize, maxBatches } = spec.training;
  const streamName = [1, name];
  const batches = loader(shard, {
    batchSize,
    shuffle: { seed: spec.seed, streamName },
    ...(maxBatches && { maxBatches }),
  });
  const optimizer = { ...optimizerSpecOf(spec), learningRate: learningRateOf(spec, 1) };
  const backend = await openBackend("wasm");
  const { parameters } = await train(backend, graph, initialise(graph, spec.seed), batches, {
    loss: lossSpecOf(spec),
    optimizer,
    seed: spec.seed,
    streamName,
  });
  return { samples: shard.count, parameters };
}

/** How far a parameter's values are from the mean of the updates in float64, weighted by samples: the largest relative error. */
export function errorOfMean(updates: readonly ReferenceUpdate[], place: number, values: Float32Array): number {
  const total = updates.reduce((sum, { samples }) => sum + samples, 0);
  let worst = 0;
  for (const [index, value] of values.entries()) {
    const mean =
      updates.reduce(
        (sum, { samples, parameters }) => sum + samples * (parameters[place]?.values[index] ?? Number.NaN),
        0,
      ) / total;
    worst = Math.max(worst, Math.abs(value - mean) / Math.max(Math.abs(mean), 1e-3));
  }
  return worst;
}
