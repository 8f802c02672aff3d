import { defineStrategy } from "./define.js";
import { MOST_SORTED, meanOfRanks } from "./mean-of-ranks.js";

/**
 * The median of each number over all updates; of an even count, the mean of the two in the middle. It stands fewer than half
 * of the workers sending anything at all.
 * Source: Yin et al. 2018, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", definition 1.
 */
export const median = defineStrategy({
  kind: "median",
  about: "The median of each parameter (Yin et al. 2018)",
  settings: {},
  example: {},
  memory: "window",
  most: MOST_SORTED,
  open: (_, round) =>
    meanOfRanks(round, { kind: "median", least: 1 }, (updates) => [(updates - 1) >> 1, (updates >> 1) + 1]),
});
