import { encode, parseCodec, updateRandom } from "@tributary/federation";
import { decodeParameters, type ParameterSet } from "@tributary/protocol";
import type { TrainingWork } from "../work.js";

/** An update as it travels. */
export interface EncodedUpdate {
  readonly bytes: Uint8Array;
  /** What the codec lost, to be kept with the update; undefined: nothing is to be kept. */
  readonly residual: ParameterSet | undefined;
}

/**
 * Makes of an update what the job's codec makes of it.
 *
 * @param model the global model that training began with
 * @param residual what was lost before
 * @throws TributaryError `update_not_finite`, `update_out_of_range`
 */
export function encodeUpdate(
  { codec, seed, round }: TrainingWork,
  worker: string,
  update: Uint8Array,
  model: Uint8Array,
  residual: ParameterSet | undefined,
): EncodedUpdate {
  if (codec === undefined) return { bytes: update, residual: undefined };
  const random = updateRandom(seed, round, worker);
  return encode(parseCodec(codec), decodeParameters(update), { random, reference: decodeParameters(model), residual });
}
