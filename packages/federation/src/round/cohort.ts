import { stream } from "@tributary/protocol";

/**
 * Selects the workers of a round uniformly without replacement, from the stream ("cohort", round, attempt).
 * The answer is sorted, and depends neither on the order in which workers joined nor on when.
 */
export function selectCohort(
  eligible: readonly string[],
  size: number | undefined,
  draw: { readonly seed: number; readonly round: number; readonly attempt: number },
): string[] {
  const sorted = [...eligible].sort();
  if (size === undefined || size >= sorted.length) return sorted;
  return stream(draw.seed, "cohort", draw.round, draw.attempt).shuffle(sorted).slice(0, size).sort();
}
