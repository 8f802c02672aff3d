import { elementCount } from "@tributary/protocol";
import type { Codec } from "./chain/codec.js";
import { FLAG_BYTES, TAG_BYTES } from "./frame.js";
import type { ByteRange, TensorCodec } from "./reductions/tensor-codec.js";
import { tensorCodecOf } from "./reductions/tensor-codecs.js";

/** Name and shape of a parameter, as a graph has them. */
export interface ExpectedParameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Values below which a tensor is sent as it is. */
const LEAST_VALUES = 256;
/** Values up to which a vector is sent as it is. */
const MOST_OF_VECTOR = 65_536;

/**
 * Whether a parameter is sent as it is, float32, also of the change: scalars, vectors of up to 65,536 values, and what has fewer than 256.
 * Those are biases, weights and statistics of normalisation: few, and a variance must not become negative.
 */
export function isSentRaw(shape: readonly number[]): boolean {
  const count = elementCount(shape);
  return count < LEAST_VALUES || (shape.length <= 1 && count <= MOST_OF_VECTOR);
}

/**
 * Fewest and most bytes that these parameters can take. Nothing of another size is decoded, so a receiver may bound what it takes by `most`.
 */
export function encodedBytes(codec: Codec, expected: readonly ExpectedParameter[]): ByteRange {
  const { least, most } = contentBytes(tensorCodecOf(codec, true), expected);
  return codec.deflate === undefined
    ? { least: TAG_BYTES + least, most: TAG_BYTES + most }
    : { least: TAG_BYTES + FLAG_BYTES, most: TAG_BYTES + FLAG_BYTES + most };
}

/** The same of what stands behind tag and flag, not deflated. */
export function contentBytes(tensors: TensorCodec, expected: readonly ExpectedParameter[]): ByteRange {
  let [least, most] = [0, 0];
  for (const { shape } of expected) {
    const raw = 4 * elementCount(shape);
    const range = isSentRaw(shape) ? { least: raw, most: raw } : tensors.bytes(shape);
    least += range.least;
    most += range.most;
  }
  return { least, most };
}
