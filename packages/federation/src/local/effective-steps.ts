import type { TrainingSpec } from "../job/training-spec.js";
import { optimizerSpecOf } from "../job/training-spec.js";

/**
 * ‖a_k‖₁, by which FedNova divides a worker's change: how far τ steps lead, in steps of plain SGD with the same gradient. With
 * momentum ρ it is (τ − ρ·(1 − ρ^τ) / (1 − ρ)) / (1 − ρ), else τ.
 * Source: Wang et al. 2020, "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization", section 4.
 *
 * @param steps τ, at least 1
 * @param momentum ρ, from 0 to 1
 */
export function effectiveSteps(steps: number, momentum: number): number {
  if (momentum === 0) return steps;
  // At 1 every step repeats all before it: 1 + 2 + … + τ.
  if (momentum === 1) return (steps * (steps + 1)) / 2;
  return (steps - (momentum * (1 - momentum ** steps)) / (1 - momentum)) / (1 - momentum);
}

/** Momentum of the optimizer that a job's workers step with; 0 of one that has another kind of memory. */
export function momentumOf(training: TrainingSpec): number {
  const optimizer = optimizerSpecOf({ training });
  return optimizer.name === "sgd" ? (optimizer.momentum ?? 0) : 0;
}

/** Whether ‖a_k‖₁ describes the steps of a job's optimizer: those of SGD, with momentum or without, and with nothing else. */
export function isPlainSgd(training: TrainingSpec): boolean {
  const optimizer = optimizerSpecOf({ training });
  return optimizer.name === "sgd" && !optimizer.nesterov && !optimizer.dampening;
}

/** Steps that a worker says it took, but no more than the settings and its samples make, as `trainingPlan` has it, and at least 1. */
export function stepsWithin(
  { localSteps, samples }: { readonly localSteps: number; readonly samples: number },
  { epochs, batchSize, maxBatches }: TrainingSpec,
): number {
  const most = maxBatches ?? epochs * Math.ceil(samples / batchSize);
  return localSteps >= 1 ? Math.max(1, Math.min(localSteps, most)) : 1;
}
