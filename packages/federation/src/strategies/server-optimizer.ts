import { type Step, serverStep } from "../aggregation/server-step.js";
import { WeightedMean } from "../aggregation/weighted-mean.js";
import type { Weighting } from "./settings.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/** The mean of the updates, and a step of the server with it. */
export function serverOptimizer<Name extends string>(
  round: RoundContext,
  { weighting, initial }: { readonly weighting: Weighting; readonly initial: Readonly<Record<Name, number>> },
  step: Step<Name>,
): Aggregation {
  const mean = new WeightedMean(round, weighting);
  return {
    fold: (contribution) => mean.add(contribution),
    complete: async () => {},
    result: (start, end) => serverStep(round, { start, means: mean.exact(start, end), initial }, step),
  };
}
