import { scheduleOf } from "@tributary/engine";
import { learningRateOf, type RoundSpec } from "@tributary/federation";

/** Step size of the workers in a round, counted from 1: the schedule counts rounds from 0. */
export function stepSizeOf(spec: Pick<RoundSpec, "training">, round: number): number {
  const { schedule = { name: "constant" } } = spec.training;
  return scheduleOf(schedule)(round - 1, learningRateOf(spec, round));
}
