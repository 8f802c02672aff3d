import { BitReader, BitWriter } from "../bits.js";
import type { ByteReader } from "../byte-reader.js";
import type { ByteWriter } from "../byte-writer.js";
import { damaged } from "../refusals.js";
import type { ByteRange } from "./tensor-codec.js";

/**
 * Ascending places among `count` ones as the gaps between them, in Golomb's code with a power of two (Rice, 1979), after Sattler et al. 2019,
 * "Robust and Communication-Efficient Federated Learning", section V: gap = q * 2^b + r is q ones, a zero, and r in b bits. Of a hundredth of the
 * places, drawn at random, each takes 8.1 bits; as bytes of seven bits it would take 10, as plain numbers of a million places 20.
 *
 * Places of another order can't be written, and the size of what is read is known before: neither needs a check.
 */
export interface PlaceCode {
  /** Bits of a gap that are written as they are. */
  readonly low: number;
  readonly bytes: ByteRange;
}

/** The code of `kept` places among `count`. It follows from these alone, so it isn't sent. */
export function placeCodeOf(kept: number, count: number): PlaceCode {
  let low = 0;
  // Sattler et al.: b = 1 + ⌊log2(ln(φ - 1) / ln(1 - p))⌋. With -1 / ln(1 - p) ≈ 1/p - 1/2 it takes products only, which are the same everywhere.
  while (low < 24 && kept * 2 ** low <= 0.48121 * (count - kept / 2)) low += 1;
  const least = kept * (1 + low);
  const most = least + Math.floor((count - kept) / 2 ** low);
  return { low, bytes: { least: Math.ceil(least / 8), most: Math.ceil(most / 8) } };
}

/** Bits that are written at a time. */
const PIECE = 24;

/** @param places ascending, unlike each other, all below `count` */
export function writePlaces(places: Uint32Array, { low, bytes }: PlaceCode, to: ByteWriter): void {
  const memory = new Uint8Array(bytes.most);
  const bits = new BitWriter(memory);
  const mask = (1 << low) - 1;
  let next = 0;
  for (let index = 0; index < places.length; index++) {
    const place = places[index] as number;
    const gap = place - next;
    let ones = gap >>> low;
    for (; ones >= PIECE; ones -= PIECE) bits.write((1 << PIECE) - 1, PIECE);
    bits.write((1 << ones) - 1, ones + 1);
    bits.write(gap & mask, low);
    next = place + 1;
  }
  to.bytes(memory.subarray(0, bits.end()));
}

/** Fills `places`. @throws TributaryError `file_invalid` when one is not below `count`, or the bytes end before */
export function readPlaces(places: Uint32Array, count: number, { low }: PlaceCode, from: ByteReader): void {
  const bits = new BitReader(from.rest());
  let next = 0;
  for (let index = 0; index < places.length; index++) {
    const ones = bits.ones((count - next) >>> low);
    const place = next + (ones << low) + bits.read(low);
    if (place >= count) throw damaged(`place ${index} is ${place}, of ${count}`);
    places[index] = place;
    next = place + 1;
  }
  from.next(bits.end());
}
