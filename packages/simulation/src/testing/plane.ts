// Engines run the built package, so that their threads are loaded as installed ones are.
import type { Dataset } from "@tributary/data";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import { Linear, sequential, trace } from "@tributary/nn";
import { type SimulatedRound, type SimulationOptions, simulate, virtualShards } from "@tributary/simulation";

/** Points of a plane; the class is the sign of the first coordinate: a linear layer tells them apart. */
export const COUNT = 120;
export const plane: Dataset = {
  name: "plane",
  count: COUNT,
  shape: [2],
  classes: 2,
  values: Float32Array.from({ length: COUNT * 2 }, (_, at) =>
    at % 2 === 0 ? (at % 4 === 0 ? 1 : -1) : Math.sin(at) / 4,
  ),
  labels: Int32Array.from({ length: COUNT }, (_, sample) => sample % 2),
  normalisation: { mean: [0, 0], deviation: [1, 1] },
};
export const linear = trace(sequential(new Linear(2, 2)), [2]);
export const whole = { kind: "iid", shards: 1 } as const;
export const shards = virtualShards(plane, { kind: "iid", shards: 6 }, 1);

export const run = (change: Partial<JobSpecInput>, options: Partial<SimulationOptions> = {}) =>
  simulate({
    spec: checkJobSpec({ model: { graph: { ...linear } }, dataset: "plane", ...change }),
    ...{ dataset: plane, shards, backend: "wasm", engines: 2 },
    ...options,
  });
/** Jobs whose workers do not train: no engine is started. */
export const idle = { training: { idle: true }, evaluation: { every: 0 } } as const;
export const placesOf = (rounds: readonly SimulatedRound[]) => rounds.map(({ round, attempt }) => [round, attempt]);
