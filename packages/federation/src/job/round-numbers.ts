import type { JobSpec } from "./job-spec.js";
import { numberIn, specAt } from "./spec-at.js";
import { stepSizeOf } from "./training-spec.js";

/**
 * The numbers of a JobSpec that change from round to round, by their names there, as they are in this one: what `schedules` has, and the workers'
 * `training.learningRate` with its schedule and its decay. None where each round is like the others.
 *
 * @param round counted from 1
 */
export function roundNumbers(spec: JobSpec, round: number): ReadonlyMap<string, number> {
  const { schedule, learningRateDecay } = spec.training;
  const numbers = new Map<string, number>();
  if ((schedule?.name ?? "constant") !== "constant" || learningRateDecay !== 1)
    numbers.set("training.learningRate", stepSizeOf(spec, round));
  const at = specAt(spec, round);
  for (const name of Object.keys(spec.schedules ?? {})) {
    const value = numberIn(at, name);
    if (value !== undefined) numbers.set(name, value);
  }
  return numbers;
}
