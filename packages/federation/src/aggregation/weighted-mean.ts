import { TributaryError } from "@tributary/protocol";
import type { Weighting } from "../strategies/settings.js";
import type { Contribution, RoundContext, Vector } from "../strategies/strategy.js";
import { ExactMean } from "./exact-mean.js";

/**
 * A mean of all updates of a round, to which each is added as it comes. Weights are those of a setting, or the workers that an update
 * stands for: then it is the mean over the workers, whatever a wrapper made of their updates.
 */
export class WeightedMean {
  readonly #mean: ExactMean;

  constructor(
    round: RoundContext,
    private readonly weighting: Weighting | "members",
  ) {
    const { spec, elements, cohort, memory } = round;
    const maxWeight =
      weighting === "members"
        ? selectedIn(round)
        : cohort.reduce((sum, { samples }) => sum + this.#weightOf({ samples }), 0);
    this.#mean = new ExactMean({ elements, maxWeight, maxAbs: spec.admission.maxAbs, memory });
  }

  /** @throws TributaryError `update_shape_mismatch`, `update_out_of_range`, `sample_count_invalid` */
  add({ samples, members, slices }: Pick<Contribution, "samples" | "members" | "slices">): Promise<void> {
    return addTo(this.#mean, this.#weightOf({ samples, members }), slices);
  }

  /** Rounded to float32 once. */
  rounded(start: number, end: number): Float32Array<ArrayBuffer> {
    return this.#mean.mean(start, end);
  }

  /** Not rounded to float32. */
  exact(start: number, end: number): Float64Array {
    return divided(this.#mean.sum(start, end), this.#mean.weight);
  }

  #weightOf({ samples, members = 1 }: Pick<Contribution, "samples" | "members">): number {
    if (this.weighting === "members") return members;
    return this.weighting === "samples" ? samples : 1;
  }
}

/** Workers that were selected for a round. */
export const selectedIn = ({ cohort, selected }: RoundContext): number => selected ?? cohort.length;

/** Adds a vector to a mean, with its weight. */
export async function addTo(mean: ExactMean, weight: number, slices: Vector["slices"]): Promise<void> {
  const contribution = mean.begin(weight);
  for await (const values of slices()) contribution.add(values);
  contribution.end();
}

/** Divides in place. @throws TributaryError `conflict` when the divisor is 0: no update was added */
export function divided(values: Float64Array, divisor: number): Float64Array {
  if (divisor === 0) throw new TributaryError("conflict", "no update was added");
  for (let index = 0; index < values.length; index++) values[index] = (values[index] as number) / divisor;
  return values;
}
