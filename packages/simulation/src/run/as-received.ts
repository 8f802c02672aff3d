import {
  decode,
  type Ending,
  encodeUpdate,
  endWith,
  type Given,
  type KeepingWork,
  parseCodec,
  partsBesides,
  referenceOf,
  type TrainedParameters,
  updateRandom,
  withCodecState,
} from "@tributary/federation";
import type { Parameter, ParameterSet } from "@tributary/protocol";

/** An update as it arrived. */
export interface Received extends Ending {
  /** Bytes that travelled; undefined: those of the update as it is. */
  readonly sentBytes?: number;
}

/** Whose update travels. */
interface Sender {
  /** Of the job. */
  readonly seed: number;
  readonly round: number;
  readonly worker: string;
  /** What the codec lost before, and what it came to. */
  readonly residual: ParameterSet | undefined;
  readonly warmStart: ParameterSet | undefined;
}

/**
 * The update as the coordinator has it when it was encoded at the worker and decoded there, and what the worker keeps with it: that is in
 * memory of its own.
 *
 * @throws TributaryError `update_not_finite`, `update_out_of_range`
 */
export function asReceived(
  work: KeepingWork,
  given: Given,
  trained: TrainedParameters,
  { seed, round, worker, residual, warmStart }: Sender,
): Received {
  const { update, returned, kept } = endWith(work, given, trained);
  const own = kept.map(copied);
  if (work.codec === undefined) return { update, returned, kept: own };
  const { global } = given;
  const { codec, errorFeedback, graph } = work;
  const sender = { codec, errorFeedback, seed, round, worker };
  const encoded = encodeUpdate(update, { ...sender, global, returned, residual, warmStart });
  const besides = partsBesides(graph, work.objective.returns);
  const decoding = { random: updateRandom(seed, round, worker), reference: referenceOf(global, besides) };
  const received = decode(parseCodec(codec), encoded.bytes, [...graph.parameters, ...besides], decoding);
  const [model, rest] = [received.slice(0, graph.parameters.length), received.slice(graph.parameters.length)];
  return { update: model, returned: rest, kept: withCodecState(own, encoded), sentBytes: encoded.bytes.byteLength };
}

const copied = (parameter: Parameter): Parameter => ({ ...parameter, values: new Float32Array(parameter.values) });
