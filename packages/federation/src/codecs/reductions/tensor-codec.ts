import type { ByteReader } from "../byte-reader.js";
import type { ByteWriter } from "../byte-writer.js";
import type { RandomSource } from "../random-source.js";

/** Fewest and most bytes that something can take. */
export interface ByteRange {
  readonly least: number;
  readonly most: number;
}

export type Shape = readonly number[];

/**
 * How one tensor becomes bytes: the reduction and the number format of a chain together. Readers fill memory that the caller brings; of hostile
 * bytes the numbers in it may be NaN or infinite.
 */
export interface TensorCodec {
  bytes(shape: Shape): ByteRange;
  /** @param values product(shape) numbers of at most 2^64 in magnitude, none of them NaN */
  write(values: Float32Array, shape: Shape, to: ByteWriter, random: RandomSource): void;
  /** Of a codec that goes on from what it came to at the last update of the same worker; absent: each update is written by itself. */
  readonly warm?: WarmCodec;
  /**
   * @param into product(shape) zeros, to be filled
   * @throws TributaryError `file_invalid`, `update_not_finite`
   */
  read(from: ByteReader, shape: Shape, into: Float32Array, random: RandomSource): void;
  /** The same, added to others, in new memory. */
  onTopOf(base: Float32Array, from: ByteReader, shape: Shape, random: RandomSource): Float32Array;
  /** The same, taken off others where they are. */
  takeOff(values: Float32Array, from: ByteReader, shape: Shape, random: RandomSource): void;
}

/** The writing of a codec that goes on from what it came to. */
export interface WarmCodec {
  /** The shape of what it comes to; undefined: of such a tensor it is nothing. */
  shape(of: Shape): Shape | undefined;
  /**
   * As `write`.
   *
   * @param start what the last writing came to; undefined: there was none
   * @returns what this one came to
   */
  write(
    values: Float32Array,
    shape: Shape,
    to: ByteWriter,
    random: RandomSource,
    start: Float32Array | undefined,
  ): Float32Array;
}

/** Of a codec that writes every number of a tensor. */
export const readingAll = (read: TensorCodec["read"]): Pick<TensorCodec, "read" | "onTopOf" | "takeOff"> => ({
  read,
  onTopOf(base, from, shape, random) {
    const sum = new Float32Array(base.length);
    read(from, shape, sum, random);
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (base[at] as number);
    return sum;
  },
  takeOff(values, from, shape, random) {
    const off = new Float32Array(values.length);
    read(from, shape, off, random);
    for (let at = 0; at < off.length; at++) values[at] = (values[at] as number) - (off[at] as number);
  },
});

/** Some numbers of a tensor; all others are 0. */
export interface Kept {
  readonly places: Uint32Array;
  readonly values: Float32Array;
}

/** Of a codec that writes some numbers of a tensor: touches those only. */
export function readingSome(
  kept: (from: ByteReader, count: number, random: RandomSource) => Kept,
): Pick<TensorCodec, "read" | "onTopOf" | "takeOff"> {
  const add = (onto: Float32Array, factor: 1 | -1, { places, values }: Kept) => {
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as number;
      onto[place] = (onto[place] as number) + factor * (values[index] as number);
    }
  };
  return {
    read: (from, _, into, random) => add(into, 1, kept(from, into.length, random)),
    onTopOf(base, from, _, random) {
      const sum = base.slice();
      add(sum, 1, kept(from, base.length, random));
      return sum;
    },
    takeOff: (values, from, _, random) => add(values, -1, kept(from, values.length, random)),
  };
}
