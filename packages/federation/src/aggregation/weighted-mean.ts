import { TributaryError } from "@tributary/protocol";
import type { Weighting } from "../strategies/settings.js";
import type { Contribution, RoundContext, Vector } from "../strategies/strategy.js";
import { ExactMean } from "./exact-mean.js";

/** A mean of all updates of a round, to which each is added as it comes. */
export class WeightedMean {
  readonly #mean: ExactMean;

  constructor(
    { spec, elements, cohort, memory }: RoundContext,
    private readonly weighting: Weighting,
  ) {
    const maxWeight = cohort.reduce((sum, { samples }) => sum + this.#weightOf(samples), 0);
    this.#mean = new ExactMean({ elements, maxWeight, maxAbs: spec.admission.maxAbs, memory });
  }

  /** @throws TributaryError `update_shape_mismatch`, `update_out_of_range`, `sample_count_invalid` */
  add({ samples, slices }: Pick<Contribution, "samples" | "slices">): Promise<void> {
    return addTo(this.#mean, this.#weightOf(samples), slices);
  }

  /** Rounded to float32 once. */
  rounded(start: number, end: number): Float32Array<ArrayBuffer> {
    return this.#mean.mean(start, end);
  }

  /** Not rounded to float32. */
  exact(start: number, end: number): Float64Array {
    return divided(this.#mean.sum(start, end), this.#mean.weight);
  }

  #weightOf(samples: number): number {
    return this.weighting === "samples" ? samples : 1;
  }
}

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
