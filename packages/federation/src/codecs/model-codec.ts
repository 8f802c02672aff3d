import { encodeParameters, type Parameter, type ParameterSet, stream } from "@tributary/protocol";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import type { Codec } from "./chain/codec.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { type ExpectedParameter, isSentRaw } from "./layout.js";
import type { RandomSource } from "./random-source.js";
import { valueFormatOf } from "./values/value-formats.js";

/**
 * Rounds numbers of a parameter to what the codec of a job's models holds. Small tensors stay as they are.
 *
 * @param values some of the parameter's, from anywhere in it; they are not changed
 * @throws TributaryError `update_out_of_range`: above 65504, of float16
 */
export function roundedForTravel(codec: Codec, shape: readonly number[], values: Float32Array): Float32Array {
  if (isSentRaw(shape)) return values;
  const format = valueFormatOf(codec.format);
  const to = new ByteWriter(format.bytes(values.length));
  format.write(values, to, random());
  const rounded = new Float32Array(values.length);
  format.read(new ByteReader(to.written()), rounded);
  return rounded;
}

/** A model of numbers that travel, in few bytes. */
export const packModel = (codec: Codec, model: ParameterSet): Uint8Array => encode(codec, model, { random }).bytes;

/**
 * The other way: the model's own bytes.
 *
 * @param expected names and shapes of the network: `graph.parameters`
 * @throws TributaryError `file_invalid`, `update_not_finite`
 */
export const unpackModel = (codec: Codec, bytes: Uint8Array, expected: readonly ExpectedParameter[]): Uint8Array =>
  encodeParameters(decode(codec, bytes, expected, { random }));

/** A model that is rounded whole. @throws TributaryError `update_out_of_range` */
export const roundedModel = (codec: Codec, model: ParameterSet): Parameter[] =>
  model.map(({ name, shape, values }) => ({ name, shape, values: roundedForTravel(codec, shape, values) }));

/** Nothing is drawn from it: these formats round to nearest. */
const random: RandomSource = (...name) => stream(0, "model codec", ...name);
