import { z } from "zod";
import { defineStrategy } from "./define.js";
import { MOST_SORTED, meanOfRanks } from "./mean-of-ranks.js";

const least = ({ trim }: { readonly trim: number }) => 2 * trim + 1;

/**
 * The mean of each number over all updates but the largest and the smallest ones.
 * Source: Yin et al. 2018, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", definition 2; `trim` is
 * its β·m.
 */
export const trimmedMean = defineStrategy({
  kind: "trimmed-mean",
  about: "The mean of each parameter without its extremes (Yin et al. 2018)",
  settings: {
    trim: z
      .int()
      .min(0)
      .max(10_000)
      .default(1)
      .describe("Values that are left out at each end: as many as there may be bad workers"),
  },
  example: { trim: 2 },
  memory: "window",
  most: MOST_SORTED,
  least,
  open: (settings, round) =>
    meanOfRanks(round, { kind: "trimmed-mean", least: least(settings) }, (updates) => [
      settings.trim,
      updates - settings.trim,
    ]),
});
