import { z } from "zod";
import { serverOptimizer } from "./server-optimizer.js";
import { serverLearningRate, weighting } from "./settings.js";
import type { Aggregation, RoundContext } from "./strategy.js";

/**
 * What FedAdagrad, FedAdam and FedYogi have in common. With Δ the mean of the updates' changes,
 *
 *     m ← β₁·m + (1 − β₁)·Δ        v ← the rule's own        x ← x + η·m / (√v + τ)
 *
 * m begins with 0 and v with τ². There is no correction of the bias, as in the paper.
 * Source: Reddi et al. 2021, "Adaptive Federated Optimization", algorithm 2.
 */
export const adaptiveSettings = (beta1: number) => ({
  weighting,
  serverLearningRate: serverLearningRate(0.1),
  beta1: z.number().min(0).max(0.9999).default(beta1).describe("Decay of the mean of the changes, β₁"),
  tau: z
    .number()
    .min(1e-9)
    .max(1_000)
    .default(1e-3)
    .describe("How adaptive it is, τ: the larger, the more alike the steps of all parameters; the divisor is above it"),
});

/** β₂ of FedAdam and FedYogi. */
export const beta2 = z
  .number()
  .min(0)
  .max(0.999_999)
  .default(0.99)
  .describe("Decay of the mean square of the changes, β₂");

interface Adaptive {
  readonly weighting: "samples" | "equal";
  readonly serverLearningRate: number;
  readonly beta1: number;
  readonly tau: number;
}

/** m₋₁ and v₋₁. */
export const adaptiveState = ({ tau }: Pick<Adaptive, "tau">) => ({ m: 0, v: tau ** 2 });

/** @param nextV the rule for v, of v and Δ² */
export function adaptive(
  settings: Adaptive,
  round: RoundContext,
  nextV: (v: number, square: number) => number,
): Aggregation {
  const { weighting, serverLearningRate, beta1, tau } = settings;
  return serverOptimizer(round, { weighting, initial: adaptiveState(settings) }, (x, mean, kept) => {
    const delta = mean - x;
    kept.m = beta1 * kept.m + (1 - beta1) * delta;
    kept.v = nextV(kept.v, delta * delta);
    return x + (serverLearningRate * kept.m) / (Math.sqrt(kept.v) + tau);
  });
}
