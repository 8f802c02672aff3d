import { ByWorker } from "../aggregation/by-worker.js";
import { ExactMean } from "../aggregation/exact-mean.js";
import { serverStep } from "../aggregation/server-step.js";
import { addTo, divided } from "../aggregation/weighted-mean.js";
import { effectiveSteps, isPlainSgd, momentumOf, stepsWithin } from "../local/effective-steps.js";
import { defineStrategy } from "./define.js";
import { weighting } from "./settings.js";

/**
 * Normalised averaging: each worker's change is divided by its effective steps ‖a_k‖₁, so that who steps more often does not
 * count for more: x ← x + τ_eff · Σ p_k·(x_k − x)/‖a_k‖₁ with τ_eff = Σ p_k·‖a_k‖₁, where p_k is the update's share of the
 * weights. With equally many steps it is FedAvg.
 * Source: Wang et al. 2020, "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization", equation 9.
 */
export const fedNova = defineStrategy({
  kind: "fednova",
  about: "Normalised averaging: who takes more steps does not count for more (Wang et al. 2020)",
  settings: { weighting },
  example: {},
  memory: "model",
  unfitFor: (_, { training }) =>
    isPlainSgd(training)
      ? undefined
      : "training.optimizer: fednova needs sgd without nesterov and dampening: how far other steps lead, it can't tell",
  open({ weighting }, round) {
    const { spec, elements, cohort, memory } = round;
    const weightOf = (samples: number) => (weighting === "samples" ? samples : 1);
    // Weights are fractions, whose sum may be rounded up.
    const maxWeight = cohort.reduce((sum, { samples }) => sum + weightOf(samples), 0) * 1.01;
    const mean = new ExactMean({ elements, maxWeight, maxAbs: spec.admission.maxAbs, memory });
    const momentum = momentumOf(spec.training);
    const updates = new ByWorker<{ readonly weight: number; readonly steps: number }>();
    return {
      async fold(contribution) {
        const weight = weightOf(contribution.samples);
        const steps = effectiveSteps(stepsWithin(contribution, spec.training), momentum);
        await addTo(mean, weight / steps, contribution.slices);
        updates.set(contribution.worker, { weight, steps });
      },
      complete: async () => {},
      result(start, end) {
        const normalised = updates.sum(({ weight, steps }) => weight / steps);
        const weights = updates.sum(({ weight }) => weight);
        const effective = updates.sum(({ weight, steps }) => (weight / weights) * steps);
        // Σ p_k·(x_k − x)/‖a_k‖₁, of which the mean has (x_k − x) weighted by p_k/‖a_k‖₁.
        const factor = (effective * normalised) / weights;
        const means = divided(mean.sum(start, end), normalised);
        return serverStep(round, { start, means, initial: {} }, (x, mean) => x + factor * (mean - x));
      },
    };
  },
});
