import { Gathered } from "../aggregation/gathered.js";
import { RowSorter } from "../aggregation/row-sorter.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/** Updates that a sorting network is made for at most: it has 150,000 comparisons then. */
const MOST_SORTED = 4_096;

/** Places in ascending order: of one number of the model in all updates, the least value has rank 0. */
type Ranks = readonly [from: number, to: number];

/** A rule that takes the mean of some ranks of each number, coordinate by coordinate. No update has a weight. */
export function meanOfRanks(
  round: RoundContext,
  rule: { readonly kind: string; readonly least: number },
  ranksOf: (updates: number) => Ranks,
): Aggregation {
  const gathered = new Gathered(round, { ...rule, most: MOST_SORTED });
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

/** The mean of each place, added in the order of the rows in float64. */
export function meanOfRows(rows: readonly Float32Array[], target: Float32Array): void {
  const sums = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows)
    for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] as number) + (row[index] as number);
  // Divided after adding 0, so that there is no -0, whose sign would depend on which of two zeros came first.
  for (let index = 0; index < sums.length; index++) target[index] = (sums[index] as number) / rows.length;
}
