import type { ModelPart, RoundContext } from "../strategies/strategy.js";
import { keptNumbers } from "./kept-numbers.js";
import { runsOf } from "./runs.js";

/**
 * What an optimizer of the server makes of one number: its next value.
 *
 * @param x before the round
 * @param mean of the updates
 * @param kept what is kept for this number, by name: to be changed in place. It is float32, also when it is read again
 */
export type Step<Name extends string> = (x: number, mean: number, kept: Record<Name, number>) => number;

/** Where a step is taken. */
export interface StepPlace<Name extends string> {
  readonly start: number;
  /** Means of the numbers from `start` on. */
  readonly means: Float64Array;
  /** What is kept, with the values that it has in a first round. */
  readonly initial: Readonly<Record<Name, number>>;
}

/**
 * Carries out one step of the server. Buffers become their mean: what they hold are statistics, and an optimizer could make a
 * variance negative.
 *
 * The next model stays within `admission.maxAbs`: beyond, no worker could send an update of it. What is kept is float32,
 * as the model is.
 */
export async function serverStep<Name extends string>(
  round: RoundContext,
  { start, means, initial }: StepPlace<Name>,
  step: Step<Name>,
): Promise<ModelPart> {
  const end = start + means.length;
  const before = await round.before(start, end);
  const state = new Map<Name, Float32Array<ArrayBuffer>>();
  for (const name in initial) {
    const values = await round.kept(name, start, end);
    state.set(name, values ? new Float32Array(values) : new Float32Array(means.length).fill(initial[name]));
  }
  const model = new Float32Array(means.length);
  const { maxAbs } = round.spec.admission;
  const kept = keptNumbers([...state.keys()]);
  const fields: Record<Name, number> = kept.fields;
  kept.vectors = [...state.values()];
  for (const { from, to, buffer } of runsOf(round.parameters, start, end))
    for (let index = from; index < to; index++) {
      const mean = means[index] as number;
      kept.place = index;
      model[index] = bounded(buffer ? mean : step(before[index] as number, mean, fields), maxAbs);
    }
  kept.vectors = [];
  return state.size === 0 ? { model } : { model, state: Object.fromEntries(state) };
}

const bounded = (value: number, maxAbs: number): number =>
  value > maxAbs ? maxAbs : value < -maxAbs ? -maxAbs : value;
