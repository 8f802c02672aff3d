import { TributaryError } from "@tributary/protocol";
import { MeanMemory } from "./mean-memory.js";

export interface ExactMeanOptions {
  /** How many numbers a model is. */
  readonly elements: number;
  /** Most that the weights of all updates can sum up to. */
  readonly maxWeight: number;
  /** Largest absolute value that a number of an update can have. */
  readonly maxAbs: number;
  /** Memory of a mean that is no longer in use, for as many elements: it is used again instead of making some. */
  readonly memory?: MeanMemory | undefined;
}

/** No sum passes 2^51 by more than a factor of 2: up to there float64 has every whole number. */
const BITS = 51;

/**
 * The weighted mean Σ w·x / Σ w of float32 vectors, the same bytes for every order and every split of the updates.
 *
 * Each w·x is rounded to a whole number of steps of size 1 / scale, a power of two such that no sum passes 2^52. Sums of
 * whole numbers below 2^53 are exact in float64, so addition is associative. One accumulator of float64 is all the memory.
 *
 * The mean of K updates is off by at most K / (2 · scale · Σ w) ≤ K · maxAbs · maxWeight / Σ w · 2^-51, and is then rounded
 * to float32 once. See docs/decisions/0003-exact-weighted-mean.md.
 */
export class ExactMean {
  readonly #memory: MeanMemory;
  readonly #sums: Float64Array;
  readonly #scale: number;
  #weight = 0;
  /** Updates that began and have not ended. */
  #open = 0;

  /** @throws TributaryError `sample_count_invalid` when `maxWeight * maxAbs` is not from 2^-900 to 2^900 */
  constructor(private readonly options: ExactMeanOptions) {
    const { elements, maxWeight, maxAbs, memory } = options;
    const most = maxWeight * maxAbs;
    if (!(maxWeight > 0 && maxAbs > 0 && most > 2 ** -900 && most < 2 ** 900))
      throw new TributaryError(
        "sample_count_invalid",
        `no exact mean of weights up to ${maxWeight}, values to ${maxAbs}`,
      );
    this.#scale = 2 ** (BITS - exponentAbove(most));
    this.#memory = memory?.sums.length === elements ? memory : new MeanMemory(elements);
    this.#sums = this.#memory.sums.fill(0);
  }

  /** Sum of the weights so far. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * An update begins; its values follow. It must have passed admission: what has been added can't be taken away, and until
   * the update has ended there is no mean.
   *
   * @throws TributaryError `sample_count_invalid` when the weights pass `maxWeight`
   */
  begin(weight: number): MeanContribution {
    this.#addWeight(weight);
    this.#open += 1;
    const { maxAbs } = this.options;
    let at = 0;
    return {
      add: (values) => {
        const end = at + values.length;
        if (end > this.#sums.length)
          throw new TributaryError("update_shape_mismatch", `an update has more than ${this.#sums.length} values`);
        const wrong = this.#memory.add(at, values, weight * this.#scale, maxAbs);
        if (wrong >= 0)
          throw new TributaryError("update_out_of_range", `value ${at + wrong} is ${values[wrong]}; ${maxAbs} at most`);
        at = end;
      },
      end: () => {
        if (at !== this.#sums.length)
          throw new TributaryError("update_shape_mismatch", `an update has ${at} of ${this.#sums.length} values`);
        at = Number.POSITIVE_INFINITY;
        this.#open -= 1;
      },
    };
  }

  /**
   * Adds what another accumulator with the same options summed up.
   *
   * @throws TributaryError `update_shape_mismatch` (other options), `sample_count_invalid`, `conflict` (an update has not ended)
   */
  merge(other: ExactMean): void {
    const { elements, maxWeight, maxAbs } = other.options;
    if (elements !== this.options.elements || maxWeight !== this.options.maxWeight || maxAbs !== this.options.maxAbs)
      throw new TributaryError("update_shape_mismatch", "the accumulators have unlike options");
    other.#checkWhole();
    if (other.#weight === 0) return;
    this.#addWeight(other.#weight);
    const [sums, added] = [this.#sums, other.#sums];
    for (let index = 0; index < elements; index++) sums[index] = (sums[index] as number) + (added[index] as number);
  }

  /**
   * The mean of the values from `start` up to and without `end`, each rounded to float32 once.
   *
   * @throws TributaryError `conflict` when nothing was added, or an update has not ended
   */
  mean(start = 0, end = this.#sums.length): Float32Array<ArrayBuffer> {
    this.#checkWhole();
    if (this.#weight === 0) throw new TributaryError("conflict", "no update was added");
    return this.#memory.quotients(start, end, this.#weight * this.#scale);
  }

  /**
   * Σ w·x of the values from `start` up to and without `end`, in float64, for rules that divide by something else than the
   * sum of the weights. The same bytes for every order, also where weights are fractions.
   *
   * @throws TributaryError `conflict` when an update has not ended
   */
  sum(start = 0, end = this.#sums.length): Float64Array {
    this.#checkWhole();
    const sums = this.#sums.slice(start, end);
    // The scale is a power of two: nothing is rounded.
    for (let index = 0; index < sums.length; index++) sums[index] = (sums[index] as number) / this.#scale;
    return sums;
  }

  #addWeight(weight: number): void {
    const { maxWeight } = this.options;
    if (!(weight > 0 && this.#weight + weight <= maxWeight))
      throw new TributaryError(
        "sample_count_invalid",
        `the weight ${weight} passes the ${maxWeight} that were expected`,
      );
    this.#weight += weight;
  }

  #checkWhole(): void {
    if (this.#open > 0) throw new TributaryError("conflict", "an update was added in part only");
  }
}

/** One update on its way into a mean. */
export interface MeanContribution {
  /**
   * Adds the next values, in slices of any length.
   *
   * @throws TributaryError `update_shape_mismatch` (too many), `update_out_of_range`; the accumulator is then of no further use
   */
  add(values: Float32Array): void;
  /** All values were added. @throws TributaryError `update_shape_mismatch` when some are missing */
  end(): void;
}

/** The least power of two that is not below a number, as its exponent. */
function exponentAbove(value: number): number {
  const exponent = Math.ceil(Math.log2(value));
  return 2 ** exponent < value ? exponent + 1 : exponent;
}
