import type { Labels } from "../dataset.js";

/** Cuts a list into `count` runs whose lengths differ by one at most. */
export const cut = <T>(items: readonly T[], count: number): T[][] =>
  Array.from({ length: count }, (_, index) =>
    items.slice(Math.floor((index * items.length) / count), Math.floor(((index + 1) * items.length) / count)),
  );

/** Indices of the samples of each class. */
export function indicesByClass(labels: Labels, classes: number): number[][] {
  const lists: number[][] = Array.from({ length: classes }, () => []);
  for (const [index, label] of labels.entries()) lists[label]?.push(index);
  return lists;
}
