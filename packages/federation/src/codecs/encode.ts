import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { type Codec, usesErrorFeedback } from "./chain/codec.js";
import { framed } from "./frame.js";
import { contentBytes, isSentRaw } from "./layout.js";
import type { RandomSource } from "./random-source.js";
import { tensorCodecOf } from "./reductions/tensor-codecs.js";
import { matching } from "./reference.js";
import { bytesOf } from "./values/views.js";

/** Largest magnitude that is encoded: nothing that is computed of it passes float32's range. */
const MAX_ABS = 2 ** 64;

export interface EncodeContext {
  /** Where places and rounding are drawn from: a stream of its own for each update. */
  readonly random: RandomSource;
  /** The global model that was trained, its names and shapes those of the parameters; needed for `delta`. */
  readonly reference?: ParameterSet | undefined;
  /** What the encoding of the round before gave back; without it nothing was lost. */
  readonly residual?: ParameterSet | undefined;
  /** What a codec that goes on from its last encoding came to there; without it, it begins anew. */
  readonly warmStart?: ParameterSet | undefined;
  /** Whether what is lost is kept for the next round. Standard: for topk, randomk, powersgd and sign. */
  readonly errorFeedback?: boolean | undefined;
}

export interface Encoded {
  readonly bytes: Uint8Array;
  /**
   * What was lost, of each parameter that is not sent as it is: give it to the next encoding. undefined without error feedback. It is a
   * `ParameterSet`, so `encodeParameters` writes it to where it survives a restart.
   */
  readonly residual: ParameterSet | undefined;
  /** What a codec that goes on from its last encoding came to: give it to the next one as the residual; undefined of all others. */
  readonly warmStart: ParameterSet | undefined;
}

/**
 * Turns parameters into few bytes. Per parameter x, with the global model's w and the residual e: u = x - w + e (without delta u = x + e),
 * C(u) is written, and e' = u - C(u) is given back (Karimireddy et al. 2019, algorithm 2). Equal streams give equal bytes.
 *
 * @throws TributaryError `parameters_mismatch` (the reference, the residual or the warm start is of another network, or the reference is missing), `update_not_finite`,
 *   `update_out_of_range` (above 2^64, of float16 above 65504)
 */
export function encode(codec: Codec, parameters: ParameterSet, context: EncodeContext): Encoded {
  const { errorFeedback = usesErrorFeedback(codec), random } = context;
  const tensors = tensorCodecOf(codec, errorFeedback);
  const references = codec.delta ? matching(parameters, context.reference) : undefined;
  const residuals = new Map(errorFeedback ? context.residual?.map((part) => [part.name, part]) : []);
  const starts = new Map(tensors.warm && context.warmStart?.map((part) => [part.name, part]));
  const lost: Parameter[] = [];
  const warmStart: Parameter[] = [];
  const to = new ByteWriter(contentBytes(tensors, parameters).most);
  for (const [index, { name, shape, values }] of parameters.entries()) {
    if (values.length !== elementCount(shape))
      throw mismatch(`${name}: ${values.length} values do not fill [${shape}]`);
    if (isSentRaw(shape)) {
      to.bytes(bytesOf(inputOf(name, values)));
      continue;
    }
    const residual = residuals.get(name);
    if (residual !== undefined && residual.values.length !== values.length)
      throw mismatch(`the residual of ${name} is [${residual.shape}], [${shape}] is wanted`);
    const input = inputOf(name, values, references?.[index]?.values, residual?.values);
    const own: RandomSource = (...rest) => random(index, ...rest);
    const start = to.position;
    const kept = tensors.warm?.shape(shape);
    if (tensors.warm === undefined || kept === undefined) tensors.write(input, shape, to, own);
    else {
      const before = starts.get(name);
      if (before !== undefined && before.values.length !== elementCount(kept))
        throw mismatch(`the warm start of ${name} is [${before.shape}], [${kept}] is wanted`);
      warmStart.push({ name, shape: kept, values: tensors.warm.write(input, shape, to, own, before?.values) });
    }
    if (!errorFeedback) continue;
    const rest = input === values ? new Float32Array(values) : input;
    // What the receiver will see is read from the bytes themselves, so that the two can't differ.
    tensors.takeOff(rest, new ByteReader(to.written(start)), shape, own);
    lost.push({ name, shape, values: rest });
  }
  return {
    bytes: framed(codec, to.written()),
    residual: errorFeedback ? lost : undefined,
    warmStart: tensors.warm && warmStart,
  };
}

/**
 * What is encoded: the values themselves, or x - w + e in memory of its own. All of it is checked on the way, in a loop for each case, since a
 * second pass takes as long as the first.
 */
function inputOf(name: string, values: Float32Array, w?: Float32Array, e?: Float32Array): Float32Array {
  if (w !== undefined) return e === undefined ? differenceOf(name, values, w) : changeOf(name, values, w, e);
  if (e !== undefined) return sumOf(name, values, e);
  for (let at = 0; at < values.length; at++) check(name, at, values[at] as number);
  return values;
}

function sumOf(name: string, x: Float32Array, e: Float32Array): Float32Array {
  const input = new Float32Array(x.length);
  for (let at = 0; at < input.length; at++) input[at] = check(name, at, (x[at] as number) + (e[at] as number));
  return input;
}

function differenceOf(name: string, x: Float32Array, w: Float32Array): Float32Array {
  const input = new Float32Array(x.length);
  for (let at = 0; at < input.length; at++) input[at] = check(name, at, (x[at] as number) - (w[at] as number));
  return input;
}

function changeOf(name: string, x: Float32Array, w: Float32Array, e: Float32Array): Float32Array {
  const input = new Float32Array(x.length);
  for (let at = 0; at < input.length; at++)
    input[at] = check(name, at, (x[at] as number) - (w[at] as number) + (e[at] as number));
  return input;
}

function check(name: string, at: number, value: number): number {
  // One comparison for all: it is false for NaN and for what is too large.
  if (Math.abs(value) <= MAX_ABS) return value;
  const place = `${name}[${at}] is ${value}`;
  if (!Number.isFinite(value)) throw new TributaryError("update_not_finite", place);
  throw new TributaryError("update_out_of_range", `${place}; 2^64 at most`, { hint: "Lower the learning rate." });
}

const mismatch = (message: string) => new TributaryError("parameters_mismatch", message);
