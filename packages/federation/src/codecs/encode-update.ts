import type { ParameterSet } from "@tributary/protocol";
import { parseCodec } from "./chain/parse-codec.js";
import { type Encoded, encode } from "./encode.js";
import { referenceOf } from "./reference.js";
import { updateRandom } from "./update-random.js";

/** Whose update it is, and how it travels. */
export interface UpdateToEncode {
  /** The job's codec, "delta | topk(0.1) | int8". */
  readonly codec: string;
  /** Of the job; false: what a codec loses is lost for good. */
  readonly errorFeedback?: boolean | undefined;
  /** Of the job. */
  readonly seed: number;
  readonly round: number;
  readonly worker: string;
  /** The global model that training began with. */
  readonly global: ParameterSet;
  /** The parts of the vectors that are sent besides, behind the parameters; they are encoded as these are. Absent: none. */
  readonly returned?: ParameterSet | undefined;
  /** What was lost before, by the last update that counted; undefined: nothing. */
  readonly residual: ParameterSet | undefined;
  /** What the encoding of the last update that counted came to, where the codec goes on from it; undefined: nothing. */
  readonly warmStart: ParameterSet | undefined;
}

/**
 * Makes of an update what the job's codec makes of it.
 *
 * @throws TributaryError `update_not_finite`, `update_out_of_range`, `parameters_mismatch` (the residual or the warm start is of another network)
 */
export function encodeUpdate(
  update: ParameterSet,
  { codec, errorFeedback, seed, round, worker, global, returned = [], residual, warmStart }: UpdateToEncode,
): Encoded {
  const random = updateRandom(seed, round, worker);
  return encode(parseCodec(codec), [...update, ...returned], {
    ...{ random, reference: referenceOf(global, returned), residual, warmStart },
    // Only a codec that needs it has it: what `true` means to `encode` goes further.
    ...(errorFeedback === false && { errorFeedback }),
  });
}
