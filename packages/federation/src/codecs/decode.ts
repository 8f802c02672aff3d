import { elementCount, type Parameter, type ParameterSet } from "@tributary/protocol";
import { MAX_FLOAT32 } from "../max-float32.js";
import { ByteReader } from "./byte-reader.js";
import type { Codec } from "./chain/codec.js";
import { unframed } from "./frame.js";
import { contentBytes, type ExpectedParameter, isSentRaw } from "./layout.js";
import type { RandomSource } from "./random-source.js";
import type { TensorCodec } from "./reductions/tensor-codec.js";
import { tensorCodecOf } from "./reductions/tensor-codecs.js";
import { matching } from "./reference.js";
import { notFinite } from "./refusals.js";
import { bytesOf } from "./values/views.js";

export interface DecodeContext {
  /** The same streams as the encoder's. */
  readonly random: RandomSource;
  /** The global model that the change is of; needed for `delta`. */
  readonly reference?: ParameterSet | undefined;
}

/**
 * Turns bytes back into parameters. Sizes come from `expected`, never from the bytes: those can neither ask for memory nor for time.
 *
 * @param expected names and shapes of the network: `graph.parameters`
 * @throws TributaryError `file_invalid` (of another codec, cut off, too long, not what an encoder writes), `update_not_finite`,
 *   `parameters_mismatch` (the reference is of another network, or missing)
 */
export const decode = (
  codec: Codec,
  bytes: Uint8Array,
  expected: readonly ExpectedParameter[],
  context: DecodeContext,
): Parameter[] => [...decodeEach(codec, bytes, expected, context)];

/**
 * The same, parameter by parameter, so that one of them is in memory at a time. What is wrong with a parameter is thrown when it is asked
 * for, and what is wrong with the end when all are; until then nothing that came is to be relied on.
 *
 * A chain with deflate is inflated whole at first, to `encodedBytes(codec, expected).most` bytes at most.
 */
export function* decodeEach(
  codec: Codec,
  bytes: Uint8Array,
  expected: readonly ExpectedParameter[],
  { random, reference }: DecodeContext,
): Generator<Parameter, void, undefined> {
  const tensors = tensorCodecOf(codec, true);
  const references = codec.delta ? matching(expected, reference) : undefined;
  const from = new ByteReader(unframed(codec, bytes, contentBytes(tensors, expected)));
  for (const [index, { name, shape }] of expected.entries()) {
    const own: RandomSource = (...rest) => random(index, ...rest);
    const values = isSentRaw(shape)
      ? readRaw(from, shape)
      : readTensor(tensors, from, shape, references?.[index]?.values, own);
    checkFinite(name, values);
    yield { name, shape, values };
  }
  from.end();
}

function readRaw(from: ByteReader, shape: readonly number[]): Float32Array {
  const values = new Float32Array(elementCount(shape));
  bytesOf(values).set(from.next(values.byteLength));
  return values;
}

function readTensor(
  tensors: TensorCodec,
  from: ByteReader,
  shape: readonly number[],
  base: Float32Array | undefined,
  random: RandomSource,
): Float32Array {
  if (base !== undefined) return tensors.onTopOf(base, from, shape, random);
  const values = new Float32Array(elementCount(shape));
  tensors.read(from, shape, values, random);
  return values;
}

function checkFinite(name: string, values: Float32Array): void {
  for (let at = 0; at < values.length; at++)
    // One comparison for all: it is false for NaN, too.
    if (!(Math.abs(values[at] as number) <= MAX_FLOAT32)) throw notFinite(`${name}[${at}] is ${values[at]}`);
}
