import type { RandomStream } from "@tributary/protocol";

/**
 * Draws items without replacement, each next one with a probability in proportion to its weight among those that are left.
 * Each item has the key log(u) / weight, and the largest keys win.
 * Source: Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006 (algorithm A-Res, in logarithms).
 *
 * @param weightOf at least 0; items of weight 0 come after all others
 * @returns at most `size` items, in the order in which they were drawn
 */
export function drawWeighted<T>(
  items: readonly T[],
  size: number,
  weightOf: (item: T) => number,
  random: RandomStream,
): T[] {
  return items
    .map((item) => ({ item, key: Math.log(1 - random.uniform()) / weightOf(item) }))
    .sort((a, b) => (a.key === b.key ? 0 : b.key > a.key ? 1 : -1))
    .slice(0, size)
    .map(({ item }) => item);
}
