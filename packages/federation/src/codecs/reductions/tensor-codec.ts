import type { ByteReader } from "../byte-reader.js";
import type { ByteWriter } from "../byte-writer.js";
import type { RandomSource } from "../random-source.js";

/** Fewest and most bytes that something can take. */
export interface ByteRange {
  readonly least: number;
  readonly most: number;
}

type Shape = readonly number[];

/** How one tensor becomes bytes: the reduction and the number format of a chain together. */
export interface TensorCodec {
  bytes(shape: Shape): ByteRange;
  /** @param values product(shape) numbers of at most 2^64 in magnitude, none of them NaN */
  write(values: Float32Array, shape: Shape, to: ByteWriter, random: RandomSource): void;
  /**
   * @param into product(shape) zeros, to be filled. Of hostile bytes the numbers may be NaN or infinite
   * @throws TributaryError `file_invalid`, `update_not_finite`
   */
  read(from: ByteReader, shape: Shape, into: Float32Array, random: RandomSource): void;
}
