import { TributaryError } from "@tributary/protocol";

/** The k-th place, from 1, weighs k^−exponent. @throws TributaryError `invalid_request` unless the exponent is from 0 to 10 */
export function powerLaw(places: number, exponent: number): number[] {
  if (!(exponent >= 0 && exponent <= 10))
    throw new TributaryError("invalid_request", `the exponent is ${exponent}`, {
      hint: "Give a number from 0, which makes equal shards, to 10.",
    });
  return Array.from({ length: places }, (_, place) => (place + 1) ** -exponent);
}

/** One sample each, and the others in proportion; what rounding leaves goes to the largest remainders, the first of equal ones. */
export function countsOf(samples: number, proportions: readonly number[]): number[] {
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

/** Cuts a list into runs of these lengths. */
export function runsOf<T>(items: readonly T[], counts: readonly number[]): T[][] {
  let from = 0;
  return counts.map((count) => {
    from += count;
    return items.slice(from - count, from);
  });
}
