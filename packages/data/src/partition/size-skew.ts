import { stream, TributaryError } from "@tributary/protocol";

/** How large each of the shards is: by a power law, or in given proportions. */
export type Sizes =
  | { readonly shards: number; readonly exponent: number }
  | { readonly proportions: readonly number[] };

/**
 * Shuffled, so that the labels are alike everywhere, and cut into shards of unlike sizes: the k-th, from 1, is as large as
 * k^−exponent is, or as its proportion. Nobody is left without a sample.
 */
export function sizeSkew(samples: number, sizes: Sizes, seed: number): number[][] {
  const counts = countsOf(samples, "proportions" in sizes ? sizes.proportions : powerLaw(sizes));
  const order = stream(seed, "partition", "size-skew").shuffle(Array.from({ length: samples }, (_, index) => index));
  let from = 0;
  return counts.map((count) => {
    from += count;
    return order.slice(from - count, from);
  });
}

function powerLaw({ shards, exponent }: Extract<Sizes, { exponent: number }>): number[] {
  if (!(exponent >= 0 && exponent <= 10))
    throw new TributaryError("invalid_request", `the exponent is ${exponent}`, {
      hint: "Give a number from 0, which makes equal shards, to 10.",
    });
  return Array.from({ length: shards }, (_, place) => (place + 1) ** -exponent);
}

/** One sample each, and the others in proportion; what rounding leaves goes to the largest remainders, the first of equal ones. */
function countsOf(samples: number, proportions: readonly number[]): number[] {
  const total = proportions.reduce((sum, part) => sum + part, 0);
  if (!proportions.every((part) => part > 0) || !Number.isFinite(total))
    throw new TributaryError("invalid_request", `[${proportions.slice(0, 20)}] are no proportions`, {
      hint: "Give a number above 0 for each worker: 5,3,1,1.",
    });
  const spare = samples - proportions.length;
  const exact = proportions.map((part) => (spare * part) / total);
  const counts = exact.map((value) => 1 + Math.floor(value));
  const left = samples - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((value, place) => ({ place, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.place - b.place);
  for (const { place } of byRemainder.slice(0, left)) counts[place] = (counts[place] ?? 0) + 1;
  return counts;
}
