import { join } from "node:path";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import type { JobSpecInput } from "@tributary/federation";
import { Flatten, Linear, ReLU, sequential, trace } from "@tributary/nn";

/** Two chunks of parameters, so that a transfer has a middle, and little to compute. */
const network = trace(sequential(new Flatten(), new Linear(784, 400), new ReLU(), new Linear(400, 10)), [1, 28, 28]);

/** Samples of each worker: unlike, so that an update that counts twice changes the mean. */
export const samples = { ada: 240, bela: 120, carl: 60 } as const;

/** Writes the shards of `samples`. @returns the folder of each, by its worker's name */
export async function writeShards(folder: string): Promise<Record<string, string>> {
  const set = await mnist("train");
  const [order] = partition(set, { kind: "iid", shards: 1 }, 1);
  const shards: Record<string, string> = {};
  let from = 0;
  for (const [name, size] of Object.entries(samples)) {
    shards[name] = join(folder, "shards", name);
    await writeShard(shards[name], name, subset(set, Int32Array.from(order?.subarray(from, from + size) ?? [])));
    from += size;
  }
  return shards;
}

/** Writes the data of an evaluator, that no worker trains on: few samples, so that scores are not better in every round. @returns the folder */
export async function writeHeldOut(folder: string): Promise<string> {
  const path = join(folder, "shards", "held-out");
  await writeShard(
    path,
    "held-out",
    subset(
      await mnist("test"),
      Int32Array.from({ length: 60 }, (_, index) => index),
    ),
  );
  return path;
}

/** Four rounds in which every worker must be counted, in about a second: more models than a worker keeps, so that all are fetched anew. */
export const smallJob = (seed: number): JobSpecInput & { readonly rounds: number } => ({
  ...{ model: { graph: JSON.parse(JSON.stringify(network)) }, dataset: "mnist", seed, rounds: 4 },
  training: { batchSize: 20, maxBatches: 3, learningRate: 0.05 },
  cohort: { minimum: 3, quorum: 3, deadlineSeconds: 120 },
  evaluation: { every: 0 },
});
