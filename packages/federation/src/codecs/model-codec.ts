import { encodeParameters, type Parameter, type ParameterSet, stream, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import type { Codec } from "./chain/codec.js";
import { MAX_CODEC_LENGTH, parseCodec } from "./chain/parse-codec.js";
import { decode } from "./decode.js";
import { encode } from "./encode.js";
import { type ExpectedParameter, isSentRaw } from "./layout.js";
import type { RandomSource } from "./random-source.js";
import { valueFormatOf } from "./values/value-formats.js";

/**
 * The codec of a job's models. It rounds numbers to a format that holds them in fewer bytes, and rounding twice is rounding
 * once: so the global model itself is made of such numbers, whoever has it has the same bytes, however it came, and its digest
 * proves what was unpacked.
 */
export const modelCodecSchema = z
  .string()
  .min(1)
  .max(MAX_CODEC_LENGTH)
  .check(({ value, issues }) => {
    const reason = refusal(value);
    if (reason !== undefined) issues.push({ code: "custom", message: reason, input: value });
  });

function refusal(text: string): string | undefined {
  try {
    const { delta, reduction, format } = parseCodec(text);
    if (!delta && reduction.kind === "dense" && (format.kind === "float16" || format.kind === "bfloat16"))
      return undefined;
    return `${text}: models travel as float16 or bfloat16, each with | deflate or without; others lose a part of the model in each round`;
  } catch (error) {
    if (error instanceof TributaryError) return error.message;
    throw error;
  }
}

/** How the models of a job travel; undefined: as they are. */
export const modelCodecOf = ({
  codec,
}: {
  readonly codec: { readonly model?: string | undefined };
}): Codec | undefined => (codec.model === undefined ? undefined : parseCodec(codec.model));

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
