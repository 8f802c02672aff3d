import { elementCount, TributaryError } from "@tributary/protocol";
import type { ExpectedParameter } from "../codecs/layout.js";
import { printable } from "../printable.js";
import type { BoundsCheck } from "./bounds-check.js";

/**
 * Checks the content of an update as it streams by: the parameters that are expected in their order and shapes, every value finite
 * and within bounds. Nothing of an update may touch the model before `end` has passed.
 */
export class ParameterAdmission {
  #next = 0;
  #current: ExpectedParameter | undefined;
  #left = 0;

  /**
   * @param expected `partsOfUpdate`
   * @param maxAbs largest absolute value that a parameter may have
   * @param bounds values that lie in its slice are looked at faster
   */
  constructor(
    private readonly expected: readonly ExpectedParameter[],
    private readonly maxAbs: number,
    private readonly bounds: BoundsCheck,
  ) {}

  /** The next parameter begins. @throws TributaryError `update_shape_mismatch` */
  parameter(name: string, shape: readonly number[]): void {
    this.#finishCurrent();
    const expected = this.expected[this.#next];
    if (expected === undefined)
      throw mismatch(`"${short(name)}" is one parameter more than the model's ${this.expected.length}`);
    if (name !== expected.name)
      throw mismatch(`parameter ${this.#next} is "${short(name)}", "${expected.name}" is wanted`);
    if (shape.length !== expected.shape.length || shape.some((size, axis) => size !== expected.shape[axis]))
      throw mismatch(`${name} is [${shape.slice(0, 16)}], [${expected.shape}] is wanted`);
    this.#next += 1;
    this.#current = expected;
    this.#left = elementCount(shape);
  }

  /** Values of the present parameter. @throws TributaryError `update_not_finite`, `update_out_of_range`, `update_shape_mismatch` */
  values(values: Float32Array): void {
    const { name = "nothing" } = this.#current ?? {};
    if (values.length > this.#left) throw mismatch(`${name} has more values than its shape`);
    if (!this.bounds.areWithin(values, this.maxAbs)) {
      const wrong = values.findIndex((value) => !(Math.abs(value) <= this.maxAbs));
      if (wrong >= 0) throw this.#refusal(name, wrong, values[wrong] as number);
    }
    this.#left -= values.length;
  }

  /** All has come. @throws TributaryError `update_shape_mismatch` when something is missing */
  end(): void {
    this.#finishCurrent();
    const missing = this.expected[this.#next];
    if (missing !== undefined) throw mismatch(`${missing.name} is missing`);
  }

  #finishCurrent(): void {
    if (this.#left > 0) throw mismatch(`${this.#current?.name} lacks ${this.#left} values`);
  }

  #refusal(name: string, index: number, value: number): TributaryError {
    const place = `${name}[${elementCount(this.#current?.shape ?? []) - this.#left + index}]`;
    if (!Number.isFinite(value)) return new TributaryError("update_not_finite", `${place} is ${value}`);
    return new TributaryError("update_out_of_range", `${place} is ${value}; ${this.maxAbs} at most`);
  }
}

const mismatch = (message: string) => new TributaryError("update_shape_mismatch", message);
const short = (name: string): string => printable(name.slice(0, 60));
