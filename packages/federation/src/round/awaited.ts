import type { JobEffect } from "./events.js";
import type { Training } from "./state.js";

/** Selected, and neither its update nor a refusal has come. */
export const isAwaited = ({ cohort, updates, refusals }: Training, name: string): boolean =>
  cohort.includes(name) &&
  !updates.some(({ worker }) => worker === name) &&
  !refusals.some(({ worker }) => worker === name);

/** Wishes that end the work of everyone who has not answered. */
export function callOff(phase: Training, reason: string): JobEffect[] {
  const { round, attempt, cohort } = phase;
  return cohort
    .filter((name) => isAwaited(phase, name))
    .map((worker) => ({ type: "Abort", work: "training", worker, round, attempt, reason }));
}
