import { TributaryError } from "@tributary/protocol";
import type { Contribution, RoundContext } from "../strategies/strategy.js";

/** What an update changes in the model that its worker began with, slice by slice. A slice is valid until the next one is asked for. */
export async function* changesOf(
  { before, elements }: RoundContext,
  { base = before, slices }: Contribution,
): AsyncGenerator<Float32Array> {
  let changes = new Float32Array();
  let start = 0;
  for await (const values of slices()) {
    const end = start + values.length;
    if (end > elements) throw new TributaryError("update_shape_mismatch", `an update has more than ${elements} values`);
    const began = await base(start, end);
    if (changes.length < values.length) changes = new Float32Array(values.length);
    for (let index = 0; index < values.length; index++)
      changes[index] = (values[index] as number) - (began[index] as number);
    yield changes.subarray(0, values.length);
    start = end;
  }
}

/** ‖x_k − x‖², in float64, the same bits for every length of slices. */
export async function squaredChange(round: RoundContext, contribution: Contribution): Promise<number> {
  let sum = 0;
  for await (const changes of changesOf(round, contribution))
    for (let index = 0; index < changes.length; index++) sum += (changes[index] as number) ** 2;
  return sum;
}
