import { MOST_COMPARED, type PairDistances } from "../aggregation/pair-distances.js";
import { RowSorter } from "../aggregation/row-sorter.js";
import { defineStrategy } from "./define.js";
import { bestOf, places } from "./krum-choice.js";
import { ofChosen } from "./of-chosen.js";
import { byzantine } from "./settings.js";

const least = ({ byzantine }: { readonly byzantine: number }) => 4 * byzantine + 3;

/**
 * First θ = n − 2f updates are chosen by Krum, one after the other, each among those that are left; then each number is the
 * mean of the θ − 2f of its values that are nearest to their median. Needs n ≥ 4f + 3.
 * Source: El Mhamdi et al. 2018, "The Hidden Vulnerability of Distributed Learning in Byzantium", section 4.
 */
export const bulyan = defineStrategy({
  kind: "bulyan",
  about: "Krum, then the mean of what is nearest to the median (El Mhamdi et al. 2018)",
  settings: { byzantine },
  example: {},
  memory: "window",
  most: MOST_COMPARED,
  least,
  open: (settings, round) =>
    ofChosen(
      round,
      { kind: "bulyan", least: least(settings) },
      (distances) => chooseInTurn(distances, settings.byzantine),
      nearMedian(settings.byzantine),
    ),
});

function chooseInTurn(distances: PairDistances, byzantine: number): number[] {
  const left = new Set(places(distances.count));
  const chosen: number[] = [];
  while (chosen.length < distances.count - 2 * byzantine) {
    const [best = 0] = bestOf(distances, [...left], { byzantine, select: 1 });
    left.delete(best);
    chosen.push(best);
  }
  return chosen;
}

/** The mean of the values nearest to the median of each place; of two that are as near, the lesser stays. */
function nearMedian(byzantine: number): (rows: readonly Float32Array[], target: Float32Array) => void {
  let sorter: RowSorter | undefined;
  return (rows, target) => {
    sorter ??= new RowSorter(rows.length, [0, rows.length]);
    const sorted = sorter.sort(rows);
    const column = new Float64Array(rows.length);
    const length = rows[0]?.length ?? 0;
    for (let index = 0; index < length; index++) {
      for (let rank = 0; rank < sorted.length; rank++) column[rank] = sorted[rank]?.[index] as number;
      target[index] = meanNear(column, column.length - 2 * byzantine);
    }
  };
}

/** @param column in ascending order */
function meanNear(column: Float64Array, count: number): number {
  const [below, above] = [(column.length - 1) >> 1, column.length >> 1];
  const middle = ((column[below] as number) + (column[above] as number)) / 2;
  let [from, to] = [0, column.length];
  while (to - from > count) {
    if (middle - (column[from] as number) > (column[to - 1] as number) - middle) from += 1;
    else to -= 1;
  }
  let sum = 0;
  for (let rank = from; rank < to; rank++) sum += column[rank] as number;
  return sum / count;
}
