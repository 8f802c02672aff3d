import type { RandomStream } from "@tributary/protocol";

/**
 * Gives the random stream of a name. Encoder and decoder must be given the same, as
 * `(...name) => stream(job.seed, "codec", round, worker, ...name)`: the places of randomk are drawn at both ends, not sent.
 */
export type RandomSource = (...name: readonly (string | number)[]) => RandomStream;

/** The names that a codec draws under. */
export const PLACES = "places";
export const ROUNDING = "rounding";
export const START = "start";
