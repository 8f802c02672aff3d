import { TributaryError } from "@tributary/protocol";

export interface ExactMeanOptions {
  /** How many numbers a model is. */
  readonly elements: number;
  /** Most that the weights of all updates can sum up to. */
  readonly maxWeight: number;
  /** Largest absolute value that a number of an update can have. */
  readonly maxAbs: number;
}

/**
 * The weighted mean Σ w·x / Σ w of float32 vectors, the same bytes for every order and every split of the updates.
 *
 * Each w·x is rounded to a whole number of steps of size 1 / scale, a power of two such that no sum passes 2^53. Sums of
 * whole numbers below 2^53 are exact in float64, so addition is associative. One accumulator of float64 is all the memory.
 * The mean is off by at most K / (2 · scale · Σ w) for K updates, which is K · maxAbs · maxWeight / Σ w · 2^-52: with the
 * defaults and all workers present, below 10^-12 an update.
 */
export class ExactMean {
  readonly #sums: Float64Array;
  readonly #scale: number;
  #weight = 0;

  /** @throws TributaryError `sample_count_invalid` when the bounds leave no room for exact sums */
  constructor(private readonly options: ExactMeanOptions) {
    const { elements, maxWeight, maxAbs } = options;
    const bits = 52 - Math.ceil(Math.log2(maxWeight * maxAbs));
    if (!(maxWeight > 0) || !(maxAbs > 0) || bits < 8)
      throw new TributaryError("sample_count_invalid", `weights up to ${maxWeight} leave no room for an exact mean`);
    this.#scale = 2 ** bits;
    this.#sums = new Float64Array(elements);
  }

  /** Sum of the weights so far. */
  get weight(): number {
    return this.#weight;
  }

  /** An update begins; `add` follows for all its values. @throws TributaryError `sample_count_invalid` when the weights pass `maxWeight` */
  addWeight(weight: number): void {
    if (!(weight > 0) || this.#weight + weight > this.options.maxWeight)
      throw new TributaryError(
        "sample_count_invalid",
        `the weight ${weight} passes the ${this.options.maxWeight} that were expected`,
      );
    this.#weight += weight;
  }

  /**
   * Adds a part of an update: values that admission found finite and within `maxAbs`.
   * @param offset place of the first value in the model
   */
  add(offset: number, values: Float32Array, weight: number): void {
    if (offset < 0 || offset + values.length > this.#sums.length)
      throw new TributaryError(
        "update_shape_mismatch",
        `${values.length} values at ${offset} do not fit ${this.#sums.length}`,
      );
    const sums = this.#sums;
    const factor = weight * this.#scale;
    for (let index = 0; index < values.length; index++) {
      const at = offset + index;
      sums[at] = (sums[at] as number) + Math.round((values[index] as number) * factor);
    }
  }

  /** Adds what another accumulator with the same options summed up. */
  merge(other: ExactMean): void {
    const { elements, maxWeight, maxAbs } = other.options;
    if (elements !== this.options.elements || maxWeight !== this.options.maxWeight || maxAbs !== this.options.maxAbs)
      throw new TributaryError("update_shape_mismatch", "the accumulators have unlike options");
    this.addWeight(other.#weight);
    for (let index = 0; index < elements; index++)
      this.#sums[index] = (this.#sums[index] as number) + (other.#sums[index] as number);
  }

  /**
   * The mean of the values from `start` up to and without `end`, each rounded to float32 once.
   * @throws TributaryError `conflict` when nothing was added
   */
  mean(start = 0, end = this.#sums.length): Float32Array {
    if (this.#weight === 0) throw new TributaryError("conflict", "no update was added");
    const total = this.#weight * this.#scale;
    const sums = this.#sums.subarray(start, end);
    const means = new Float32Array(sums.length);
    // A loop, because Float32Array.from with a function takes fifty times as long.
    for (let index = 0; index < sums.length; index++) means[index] = (sums[index] as number) / total;
    return means;
  }
}
