import { stream } from "@tributary/protocol";
import type { RandomSource } from "./random-source.js";

/** Where the codec of a worker's update draws from: the same at the worker and at the coordinator. */
export const updateRandom =
  (seed: number, round: number, worker: string): RandomSource =>
  (...names) =>
    stream(seed, "codec", round, worker, ...names);
