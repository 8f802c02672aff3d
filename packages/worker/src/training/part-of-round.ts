import { beginWith, encodeUpdate, endWith, keepsVectors, withResidual } from "@tributary/federation";
import { decodeParameters, encodeParameters, type ParameterSet } from "@tributary/protocol";
import type { TrainingWork } from "../work.js";

/** A worker's part of a round, around its training. Models are encoded. */
export interface PartOfRound {
  /** What training begins with. */
  readonly model: Uint8Array;
  /** What is added to the gradient of each step; undefined: nothing. */
  readonly correction: Uint8Array | undefined;
  /** What is sent of what was trained, and what is kept with it. @throws TributaryError `update_not_finite`, `update_out_of_range` */
  end(trained: Uint8Array): { readonly bytes: Uint8Array; readonly kept: ParameterSet };
}

/**
 * Where nothing is kept, nothing is decoded.
 *
 * @param model the global one
 * @param own what was kept with the last update that counted
 * @throws TributaryError `file_invalid`, `parameters_mismatch`
 */
export function partOfRound(
  work: TrainingWork,
  worker: string,
  model: Uint8Array,
  own: ParameterSet | undefined,
): PartOfRound {
  if (!keepsVectors(work)) return { model, correction: undefined, end: (bytes) => ({ bytes, kept: [] }) };
  const { codec, seed, round } = work;
  const given = { global: decodeParameters(model), own };
  const beginning = beginWith(work, given);
  return {
    model: beginning.model === given.global ? model : encodeParameters(beginning.model),
    correction: beginning.correction && encodeParameters(beginning.correction),
    end(bytes) {
      const trained = decodeParameters(bytes);
      const { update, kept } = endWith(work, given, trained);
      if (codec === undefined) return { bytes: update === trained ? bytes : encodeParameters(update), kept };
      const { residual } = beginning;
      const encoded = encodeUpdate(update, { codec, seed, round, worker, global: given.global, residual });
      return { bytes: encoded.bytes, kept: withResidual(kept, encoded.residual) };
    },
  };
}
