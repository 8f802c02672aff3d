import { beginWith, encodeUpdate, endWith, keepsVectors, withCodecState } from "@tributary/federation";
import { decodeParameters, encodeParameters, type ParameterSet } from "@tributary/protocol";
import type { TrainingWork } from "../work.js";
import type { Trained } from "./messages.js";

/** A worker's part of a round, around its training. Models are encoded. */
export interface PartOfRound {
  /** What training begins with. */
  readonly model: Uint8Array;
  /** What is added to the gradient of each step; undefined: nothing. */
  readonly correction: Uint8Array | undefined;
  /** The same of the worker's own model, where there is one. */
  readonly personal: Pick<PartOfRound, "model" | "correction"> | undefined;
  /** What is sent of what was trained, and what is kept with it. @throws TributaryError `update_not_finite`, `update_out_of_range` */
  end(
    trained: Pick<Trained, "update" | "batches">,
    learningRate: number,
    personal: Pick<Trained, "update"> | undefined,
  ): { readonly bytes: Uint8Array; readonly kept: ParameterSet };
}

/** What it begins with. */
export interface GivenBytes {
  /** The global one. */
  readonly model: Uint8Array;
  /** The vectors that came along with it. */
  readonly sent: Uint8Array | undefined;
  /** What was kept with the last update that counted. */
  readonly own: ParameterSet | undefined;
}

/**
 * Where nothing is kept, nothing is decoded.
 *
 * @throws TributaryError `file_invalid`, `parameters_mismatch`
 */
export function partOfRound(work: TrainingWork, worker: string, { model, sent, own }: GivenBytes): PartOfRound {
  if (!keepsVectors(work))
    return { model, correction: undefined, personal: undefined, end: ({ update }) => ({ bytes: update, kept: [] }) };
  const { codec, errorFeedback, seed, round } = work;
  const { optimizer } = work.settings;
  const momentum = optimizer.name === "sgd" ? (optimizer.momentum ?? 0) : 0;
  const given = { global: decodeParameters(model), sent: sent && decodeParameters(sent), own };
  const beginning = beginWith(work, given);
  return {
    model: beginning.model === given.global ? model : encodeParameters(beginning.model),
    correction: beginning.correction && encodeParameters(beginning.correction),
    personal: beginning.personal && {
      model: encodeParameters(beginning.personal.model),
      correction: encodeParameters(beginning.personal.correction),
    },
    end({ update: bytes, batches: steps }, learningRate, own) {
      const parameters = decodeParameters(bytes);
      const { update, returned, kept } = endWith(work, given, {
        ...{ parameters, steps, learningRate, momentum },
        personal: own && decodeParameters(own.update),
      });
      if (codec === undefined) {
        const isAsTrained = update === parameters && returned.length === 0;
        return { bytes: isAsTrained ? bytes : encodeParameters([...update, ...returned]), kept };
      }
      const { residual, warmStart } = beginning;
      const sender = { codec, errorFeedback, seed, round, worker };
      const encoded = encodeUpdate(update, { ...sender, global: given.global, returned, residual, warmStart });
      return { bytes: encoded.bytes, kept: withCodecState(kept, encoded) };
    },
  };
}
