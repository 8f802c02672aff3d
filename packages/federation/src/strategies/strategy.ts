import type { MeanMemory } from "../aggregation/mean-memory.js";
import type { JobSpec } from "../job/job-spec.js";

/** What a strategy knows when a round opens. */
export interface RoundContext {
  readonly spec: JobSpec;
  /** How many numbers a model is. */
  readonly elements: number;
  /** Samples that each selected worker holds. */
  readonly cohort: readonly { readonly worker: string; readonly samples: number }[];
  /** Memory for `elements` that no other aggregation uses any more, so that rounds need not make garbage of a model's size. */
  readonly memory?: MeanMemory | undefined;
}

/** What is folded in: one update that passed admission, in slices, so that no update is in memory whole. */
export interface Contribution {
  readonly samples: number;
  /** The update's values in the model's order. A slice is valid until the next one is asked for. */
  slices(): AsyncIterable<Float32Array>;
}

/** One round's aggregation. The result may not depend on the order in which updates are folded in. */
export interface Aggregation {
  /**
   * Adds one update. After a rejection the aggregation is of no further use, and has no result.
   *
   * @throws what `slices` throws; TributaryError `update_shape_mismatch`, `update_out_of_range`, `sample_count_invalid` when
   * the update is not what admission lets pass
   */
  fold(contribution: Contribution): Promise<void>;
  /** The next global model's values from `start` up to and without `end`. */
  result(start: number, end: number): Float32Array;
}

/** The rule that turns updates into the next global model. */
export interface Strategy {
  /** As in `strategy.kind` of a JobSpec. */
  readonly kind: JobSpec["strategy"]["kind"];
  /** One accumulator: memory is O(model), whatever the number of workers. */
  open(round: RoundContext): Aggregation;
}
