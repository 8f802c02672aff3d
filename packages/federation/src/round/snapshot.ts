import type { RoundContext } from "../strategies/strategy.js";
import type { WorkerFacts } from "./events.js";
import type { WorkerHistory } from "./history.js";
import type { JobState } from "./state.js";

/**
 * Names what a snapshot holds. Give it another name whenever `JobState` or what the machine makes of events changes: then
 * older snapshots are not read, and journals are replayed from their first event.
 */
export const snapshotFormat = "8";

/** All that follows from a journal. */
export interface Replayed {
  readonly state: JobState;
  /** The workers of the present attempt, each with the samples that it trains on, of those that it held when the attempt began. */
  readonly cohort: RoundContext["cohort"];
}

/** Where a job stands, as plain data: as JSON it is kept beside the journal, and makes its replay short. */
export interface Snapshot {
  readonly state: Omit<JobState, "workers" | "histories"> & {
    readonly workers: readonly WorkerFacts[];
    readonly histories: readonly (readonly [worker: string, history: WorkerHistory])[];
  };
  readonly cohort: RoundContext["cohort"];
}

export function takeSnapshot({ state, cohort }: Replayed): Snapshot {
  // The workers' order is kept: it is the one in which they came.
  return { state: { ...state, workers: [...state.workers.values()], histories: [...state.histories] }, cohort };
}

/** The inverse of `takeSnapshot`, also of a snapshot that was JSON in between. */
export function fromSnapshot({ state, cohort }: Snapshot): Replayed {
  const workers = new Map(state.workers.map((worker) => [worker.name, worker]));
  return { state: { ...state, workers, histories: new Map(state.histories) }, cohort };
}
