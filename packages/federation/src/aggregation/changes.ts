import { TributaryError } from "@tributary/protocol";
import type { Contribution, RoundContext } from "../strategies/strategy.js";

/**
 * What an update changes in the model that its worker began with, slice by slice. A slice is valid until the next one is asked
 * for.
 *
 * @throws TributaryError `update_shape_mismatch` (too many values), `update_out_of_range`
 */
export async function* changesOf(
  { before, elements, spec }: RoundContext,
  { base = before, slices }: Pick<Contribution, "base" | "slices">,
): AsyncGenerator<Float32Array> {
  const { maxAbs } = spec.admission;
  let changes = new Float32Array();
  let start = 0;
  for await (const values of slices()) {
    const end = start + values.length;
    if (end > elements) throw new TributaryError("update_shape_mismatch", `an update has more than ${elements} values`);
    const began = await base(start, end);
    if (changes.length < values.length) changes = new Float32Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number;
      if (!(Math.abs(value) <= maxAbs))
        throw new TributaryError("update_out_of_range", `value ${start + index} is ${value}; ${maxAbs} at most`);
      changes[index] = value - (began[index] as number);
    }
    yield changes.subarray(0, values.length);
    start = end;
  }
}

/** ‖x_k − x‖², in float64, the same bits for every length of slices. */
export async function squaredChange(
  round: RoundContext,
  contribution: Pick<Contribution, "base" | "slices">,
): Promise<number> {
  let sum = 0;
  for await (const changes of changesOf(round, contribution))
    for (let index = 0; index < changes.length; index++) sum += (changes[index] as number) ** 2;
  return sum;
}
