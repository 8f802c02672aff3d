/**
 * Comparisons that bring the values of `count` rows into ascending order, as pairs of rows: the lesser goes to the first.
 * Only those are given that what is wanted depends on.
 *
 * Source: Knuth, The Art of Computer Programming, volume 3, 5.2.2, algorithm M (Batcher's merge exchange).
 *
 * @param wanted the ranks from the first up to and without the second that must be right
 * @returns first row, second row, first row, second row …
 */
export function sortingNetwork(count: number, [from, to]: readonly [number, number]): Int32Array {
  const pairs: [number, number][] = [];
  const steps = Math.ceil(Math.log2(Math.max(2, count)));
  const top = 2 ** (steps - 1);
  for (let p = top; p > 0; p >>= 1)
    for (let q = top, r = 0, d = p; d > 0; d = q - p, q >>= 1, r = p)
      for (let i = 0; i < count - d; i++) if ((i & p) === r) pairs.push([i, i + d]);
  return Int32Array.from(needed(pairs, from, to).flat());
}

/** From the end: what no wanted rank, and no later comparison, looks at is left out. */
function needed(pairs: readonly [number, number][], from: number, to: number): [number, number][] {
  const looked = new Set<number>();
  for (let rank = from; rank < to; rank++) looked.add(rank);
  const kept: [number, number][] = [];
  for (const pair of pairs.toReversed()) {
    const [low, high] = pair;
    if (!looked.has(low) && !looked.has(high)) continue;
    looked.add(low).add(high);
    kept.push(pair);
  }
  return kept.reverse();
}
