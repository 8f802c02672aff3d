import { WeightedMean } from "../aggregation/weighted-mean.js";
import { defineStrategy } from "./define.js";
import type { Weighting } from "./settings.js";
import { weighting } from "./settings.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/**
 * Federated averaging: the mean of the updates, weighted by n_k, the samples that a worker holds, or equally.
 * Source: McMahan et al. 2017, "Communication-Efficient Learning of Deep Networks from Decentralized Data", algorithm 1.
 */
export const fedAvg = defineStrategy({
  kind: "fedavg",
  about: "Federated averaging: the mean of the updates (McMahan et al. 2017)",
  settings: { weighting },
  example: {},
  memory: "model",
  open: ({ weighting }, round) => average(round, weighting),
});

/** The mean of the updates: what several strategies that differ in what workers do have in common. */
export function average(round: RoundContext, weighting: Weighting): Aggregation {
  const mean = new WeightedMean(round, weighting);
  return {
    fold: (contribution) => mean.add(contribution),
    complete: async () => {},
    result: async (start, end) => ({ model: mean.rounded(start, end) }),
  };
}
