import { ExactMean } from "../aggregation/exact-mean.js";
import type { Strategy } from "./strategy.js";

/**
 * Federated averaging: the mean of the updates, weighted by n_k, the samples that a worker holds, or equally.
 * Source: McMahan et al. 2017, algorithm 1.
 */
export const fedAvg: Strategy = {
  kind: "fedavg",
  open({ spec, elements, cohort, memory }) {
    const weightOf = (samples: number) => (spec.strategy.weighting === "samples" ? samples : 1);
    const maxWeight = cohort.reduce((sum, { samples }) => sum + weightOf(samples), 0);
    const mean = new ExactMean({ elements, maxWeight, maxAbs: spec.admission.maxAbs, memory });
    return {
      async fold({ samples, slices }) {
        const contribution = mean.begin(weightOf(samples));
        for await (const values of slices()) contribution.add(values);
        contribution.end();
      },
      result: (start, end) => mean.mean(start, end),
    };
  },
};
