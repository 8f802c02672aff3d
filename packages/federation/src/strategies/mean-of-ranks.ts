import { Gathered } from "../aggregation/gathered.js";
import { meanOfRows } from "../aggregation/mean-of-rows.js";
import { RowSorter } from "../aggregation/row-sorter.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/** Updates that a sorting network is made for at most: it has 150,000 comparisons then. */
export const MOST_SORTED = 4_096;

/** Places in ascending order: of one number of the model in all updates, the least value has rank 0. */
type Ranks = readonly [from: number, to: number];

/** A rule that takes the mean of some ranks of each number, coordinate by coordinate. No update has a weight. */
export function meanOfRanks(
  round: RoundContext,
  rule: { readonly kind: string; readonly least: number },
  ranksOf: (updates: number) => Ranks,
): Aggregation {
  const gathered = new Gathered(round, rule);
  let sorter: RowSorter | undefined;
  return {
    fold: async (contribution) => gathered.add(contribution),
    async complete() {
      gathered.seal();
      sorter = new RowSorter(gathered.count, ranksOf(gathered.count));
    },
    async result(start, end) {
      const model = new Float32Array(end - start);
      for await (const { start: at, rows } of gathered.windows(start, end))
        meanOfRows(sorter?.sort(rows) ?? [], model.subarray(at - start));
      return { model };
    },
  };
}
