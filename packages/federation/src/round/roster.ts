import { holdoutOf } from "../job/job-spec.js";
import type { WorkerFacts } from "./events.js";
import { eligibleFor, evaluatorsThere, type JobState } from "./state.js";

/**
 * Who was there to score when a round opened. Whoever dies meanwhile, a worker, an evaluator or the coordinator, its model is scored by
 * the same: scores decide when a job stops. Those that are not back yet after an earlier death are among them.
 */
export interface Roster {
  /** The workers that train and may be asked, sorted by name; none where workers do not score. */
  readonly trainers: readonly Pick<WorkerFacts, "name" | "samples">[];
  readonly hasEvaluator: boolean;
}

export function rosterOf(state: JobState, round: number): Roster {
  const known = [...state.away, ...state.workers.values()];
  const whole: JobState = { ...state, workers: new Map(known.map((worker) => [worker.name, worker])) };
  const trainers = holdoutOf(state.spec) === undefined ? [] : eligibleFor(whole, round);
  return {
    trainers: trainers.map(({ name, samples }) => ({ name, samples })),
    hasEvaluator: evaluatorsThere(whole).length > 0,
  };
}
