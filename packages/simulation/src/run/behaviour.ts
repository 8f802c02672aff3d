/** A virtual worker's part in an attempt at a round, counted from 1. */
export interface Place {
  readonly round: number;
  readonly attempt: number;
  /** Names of those that are asked with it, itself among them. In an asynchronous job these begin at the same time. */
  readonly cohort: readonly string[];
}

/** What a worker that sends something else than it trained may look at. */
export interface Seen extends Place {
  /** The global model that it was given: all parameters one after the other, in the graph's order. Not to be written to. */
  readonly model: Float32Array;
  /**
   * What another worker would send if it did as it is asked: for attackers that know everything. It is trained anew.
   * @throws TributaryError `invalid_request` when there is no such worker, and what training throws
   */
  trainAs(worker: string): Promise<Float32Array>;
}

/**
 * How a virtual worker does otherwise than it is asked, to try out what a strategy makes of it. No JobSpec can ask for that. What
 * these return may depend on nothing but their arguments, so that a run can be repeated.
 */
export interface Behaviour {
  /** Passes over the shard, in place of `training.epochs`, of a job without `training.maxBatches`; 0: it does not answer in time. */
  readonly epochs?: (place: Place) => number;
  /** The label that it takes a sample of that label for: from 0 to classes - 1. */
  readonly label?: (label: number) => number;
  /** What it sends in place of what it trained: as many values, which pass admission as any update does. */
  readonly send?: (trained: Float32Array, seen: Seen) => Float32Array | Promise<Float32Array>;
}
