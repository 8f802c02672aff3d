import { Gathered } from "../aggregation/gathered.js";
import { meanOfRows } from "../aggregation/mean-of-rows.js";
import { PairDistances } from "../aggregation/pair-distances.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/** A rule that compares all updates by their distances, chooses some, and makes something of these, number by number. */
export function ofChosen(
  round: RoundContext,
  rule: { readonly kind: string; readonly least: number },
  choose: (distances: PairDistances) => readonly number[],
  combine: (rows: readonly Float32Array[], target: Float32Array) => void = meanOfRows,
): Aggregation {
  const gathered = new Gathered(round, rule);
  let chosen: readonly number[] = [];
  return {
    fold: async (contribution) => gathered.add(contribution),
    async complete() {
      gathered.seal();
      // In the order of names, so that sums do not depend on how good each one is.
      chosen = [...choose(await PairDistances.of(gathered))].sort((a, b) => a - b);
    },
    async result(start, end) {
      const model = new Float32Array(end - start);
      for await (const { start: at, rows } of gathered.windows(start, end, chosen))
        combine(rows, model.subarray(at - start));
      return { model };
    },
  };
}
