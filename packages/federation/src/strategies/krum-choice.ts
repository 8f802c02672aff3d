import type { PairDistances } from "../aggregation/pair-distances.js";

/**
 * Krum's score of each candidate: the sum of squared distances to its n − f − 2 nearest others, n being the candidates.
 * Bulyan asks for scores of fewer candidates than Krum itself would take: then it is the distance to the nearest other.
 * Source: Blanchard et al. 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", section 4.
 */
function scoresOf(distances: PairDistances, candidates: readonly number[], byzantine: number): number[] {
  const neighbours = Math.max(1, candidates.length - byzantine - 2);
  return candidates.map((candidate) =>
    candidates
      .filter((other) => other !== candidate)
      .map((other) => distances.between(candidate, other))
      .sort((a, b) => a - b)
      .slice(0, neighbours)
      .reduce((sum, square) => sum + square, 0),
  );
}

/** The candidates with the best scores, best first; of equal ones that whose worker's name comes first. */
export function bestOf(
  distances: PairDistances,
  candidates: readonly number[],
  { byzantine, select }: { readonly byzantine: number; readonly select: number },
): number[] {
  const scores = scoresOf(distances, candidates, byzantine);
  return candidates
    .map((candidate, index) => ({ candidate, score: scores[index] ?? 0 }))
    .sort((a, b) => a.score - b.score || a.candidate - b.candidate)
    .slice(0, select)
    .map(({ candidate }) => candidate);
}

/** 0, 1, 2 … */
export const places = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
