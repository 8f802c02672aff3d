import type { ParameterSet } from "@tributary/protocol";
import { parseCodec } from "./chain/parse-codec.js";
import { type Encoded, encode } from "./encode.js";
import { updateRandom } from "./update-random.js";

/** Whose update it is, and how it travels. */
export interface UpdateToEncode {
  /** The job's codec, "delta | topk(0.1) | int8". */
  readonly codec: string;
  /** Of the job. */
  readonly seed: number;
  readonly round: number;
  readonly worker: string;
  /** The global model that training began with. */
  readonly global: ParameterSet;
  /** What was lost before, by the last update that counted; undefined: nothing. */
  readonly residual: ParameterSet | undefined;
}

/**
 * Makes of an update what the job's codec makes of it.
 *
 * @throws TributaryError `update_not_finite`, `update_out_of_range`, `parameters_mismatch` (the residual is of another network)
 */
export function encodeUpdate(
  update: ParameterSet,
  { codec, seed, round, worker, global, residual }: UpdateToEncode,
): Encoded {
  const random = updateRandom(seed, round, worker);
  return encode(parseCodec(codec), update, { random, reference: global, residual });
}
