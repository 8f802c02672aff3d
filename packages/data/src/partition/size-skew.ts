import { stream } from "@tributary/protocol";
import { countsOf, powerLaw, runsOf } from "./counts.js";

/** How large each of the shards is: by a power law, or in given proportions. */
export type Sizes =
  | { readonly shards: number; readonly exponent: number }
  | { readonly proportions: readonly number[] };

/**
 * Shuffled, so that the labels are alike everywhere, and cut into shards of unlike sizes: the k-th, from 1, is as large as
 * k^−exponent is, or as its proportion. Nobody is left without a sample.
 */
export function sizeSkew(samples: number, sizes: Sizes, seed: number): number[][] {
  const counts = countsOf(samples, "proportions" in sizes ? sizes.proportions : powerLaw(sizes.shards, sizes.exponent));
  const order = stream(seed, "partition", "size-skew").shuffle(Array.from({ length: samples }, (_, index) => index));
  return runsOf(order, counts);
}
