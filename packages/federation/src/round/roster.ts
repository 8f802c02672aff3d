import { holdoutOf } from "../job/job-spec.js";
import type { WorkerFacts } from "./events.js";
import { eligibleFor, evaluatorsThere, type JobState } from "./state.js";

/**
 * Who was there to score when a round opened. Whoever dies meanwhile, a worker, an evaluator or the coordinator, its model is scored by
 * the same: scores decide when a job stops.
 */
export interface Roster {
  /** The workers that train and may be asked, sorted by name; none where workers do not score. */
  readonly trainers: readonly Pick<WorkerFacts, "name" | "samples">[];
  readonly hasEvaluator: boolean;
}

export const rosterOf = (state: JobState, round: number): Roster => ({
  trainers:
    holdoutOf(state.spec) === undefined
      ? []
      : eligibleFor(state, round).map(({ name, samples }) => ({ name, samples })),
  hasEvaluator: evaluatorsThere(state).length > 0,
});
