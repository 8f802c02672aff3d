import { workersNeeded } from "../job/job-spec.js";
import type { JobEffect } from "./events.js";
import { isLeftOut, readmitted } from "./history.js";
import { eligibleFor, type JobState, stay, type Transition } from "./state.js";

/**
 * The state in which a round may begin; undefined: there are too few workers for it. When those that are there are enough only with the
 * ones that are left out, these are taken back: rounds stand still without them, and with the rounds the time that they are left out for.
 */
export function gathered(state: JobState, round: number): Transition | undefined {
  const needed = workersNeeded(state.spec);
  if (eligibleFor(state, round).length >= needed) return stay(state);
  const { histories } = state;
  const whole: JobState = { ...state, histories: readmitted(histories) };
  if (eligibleFor(whole, round).length < needed) return undefined;
  const back = [...histories.keys()].filter((worker) => isLeftOut(histories, worker, round)).sort();
  return { state: whole, effects: back.map((worker): JobEffect => ({ type: "Readmit", worker, round })) };
}
