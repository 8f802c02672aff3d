import { stream, TributaryError } from "@tributary/protocol";

/** How much of its shard a worker holds back. */
export interface Holdout {
  /** Of the samples, above 0 and below 1. */
  readonly fraction: number;
  /** Least samples that a score is worth anything on: a worker that would hold back fewer holds back none. */
  readonly minimum: number;
}

/** Samples of a shard, by their places in it. */
export interface ValidationSplit {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/** How many samples are held back of so many; 0: too few to hold back any. */
export function validationCount({ fraction, minimum }: Holdout, samples: number): number {
  // What a product of decimals lacks of a whole number by rounding is no lack.
  const count = Math.min(samples - 1, Math.floor(samples * fraction + 1e-9));
  return count < Math.max(1, minimum) ? 0 : count;
}

/** How many samples a worker with so many trains on, which is its weight: those that it does not hold back. */
export const trainingCount = (holdout: Holdout | undefined, samples: number): number =>
  holdout === undefined ? samples : samples - validationCount(holdout, samples);

/** Why a worker with so many samples scores nothing. */
export const tooFewSamples = ({ fraction, minimum }: Holdout, samples: number): TributaryError =>
  new TributaryError(
    "too_few_samples",
    `${fraction} of ${samples} samples are fewer than the ${Math.max(1, minimum)} to be held back`,
  );

/**
 * Which samples of its shard a worker holds back: drawn from the stream ("validation", worker), so that they are the same in every
 * round of the job, after every restart, and in a simulation. Both parts have the order of the shard.
 */
export function validationSplit(
  holdout: Holdout,
  { seed, worker, samples }: { readonly seed: number; readonly worker: string; readonly samples: number },
): ValidationSplit {
  const places = Int32Array.from({ length: samples }, (_, place) => place);
  const count = validationCount(holdout, samples);
  if (count === 0) return { training: places, validation: new Int32Array(0) };
  const drawn = stream(seed, "validation", worker).shuffle(places);
  return { validation: drawn.slice(0, count).sort(), training: drawn.slice(count).sort() };
}
