/** A float32 without its sign. Magnitudes are ordered as these bits are. */
const MAGNITUDE = 0x7fff_ffff;
/** One value of so many is looked at first. */
const STRIDE = 64;
/** Values below which all of them are looked at. */
const FEW = 64 * STRIDE;

/**
 * The places of the `kept` largest values by magnitude, ascending; of equal ones, the first.
 *
 * In linear time: a sample gives a bound that should leave not many more than are wanted, one pass gathers what reaches it, and counting their
 * digits finds the least that is kept. Where the bound left too few, which takes values in an odd order, all are counted.
 */
export function largest(values: Float32Array, kept: number): Uint32Array {
  // Signed, since V8 computes with those fastest.
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let candidates = reaching(bits, likelyBound(bits, kept), 2 * kept);
  if (candidates.length < kept) candidates = reaching(bits, 0, bits.length);
  const magnitudes = new Uint32Array(candidates.length);
  for (let index = 0; index < magnitudes.length; index++)
    magnitudes[index] = (bits[candidates[index] as number] as number) & MAGNITUDE;
  const { least, equals } = leastOf(magnitudes, kept);
  const places = new Uint32Array(kept);
  let found = 0;
  let left = equals;
  for (let index = 0; index < magnitudes.length; index++) {
    const magnitude = magnitudes[index] as number;
    if (magnitude < least || (magnitude === least && left-- <= 0)) continue;
    places[found++] = candidates[index] as number;
  }
  return places;
}

/** A magnitude that, by every 64th value, a quarter more than `kept` values reach, and then some. */
function likelyBound(bits: Int32Array, kept: number): number {
  if (bits.length < FEW) return 0;
  const sample = new Uint32Array(Math.floor(bits.length / STRIDE));
  for (let index = 0; index < sample.length; index++) sample[index] = (bits[index * STRIDE] as number) & MAGNITUDE;
  const share = kept / STRIDE;
  const wanted = Math.ceil(1.25 * share + 3 * Math.sqrt(share) + 8);
  return wanted < sample.length ? leastOf(sample, wanted).least : 0;
}

/** Places of the magnitudes that are at least this. Few are, so eight are looked at together. */
function reaching(bits: Int32Array, bound: number, expected: number): Uint32Array {
  let places = new Uint32Array(expected);
  let found = 0;
  for (let start = 0; start < bits.length; start += 8) {
    // Below the bound a difference has its sign set: all eight do when none reaches it. Past the end there is nothing, and all are looked at.
    if (start + 8 <= bits.length && eightBelow(bits, start, bound)) continue;
    const end = Math.min(start + 8, bits.length);
    for (let index = start; index < end; index++)
      if (((bits[index] as number) & MAGNITUDE) >= bound) {
        if (found === places.length) places = grown(places, bits.length);
        places[found++] = index;
      }
  }
  return places.subarray(0, found);
}

function grown(places: Uint32Array, most: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(Math.min(most, 2 * places.length + FEW));
  more.set(places);
  return more;
}

const eightBelow = (bits: Int32Array, start: number, bound: number): boolean =>
  ((((bits[start] as number) & MAGNITUDE) - bound) &
    (((bits[start + 1] as number) & MAGNITUDE) - bound) &
    (((bits[start + 2] as number) & MAGNITUDE) - bound) &
    (((bits[start + 3] as number) & MAGNITUDE) - bound) &
    (((bits[start + 4] as number) & MAGNITUDE) - bound) &
    (((bits[start + 5] as number) & MAGNITUDE) - bound) &
    (((bits[start + 6] as number) & MAGNITUDE) - bound) &
    (((bits[start + 7] as number) & MAGNITUDE) - bound)) <
  0;

/** From the highest bits of a magnitude to the lowest. */
const DIGITS = [
  { shift: 20, bits: 11 },
  { shift: 10, bits: 10 },
  { shift: 0, bits: 10 },
] as const;

/** The least of the `wanted` largest, and how many of those are equal to it. */
function leastOf(magnitudes: Uint32Array, wanted: number): { readonly least: number; readonly equals: number } {
  let least = 0;
  let equals = wanted;
  for (const { shift, bits } of DIGITS) {
    const counts = new Uint32Array(2 ** bits);
    const mask = counts.length - 1;
    for (let index = 0; index < magnitudes.length; index++) {
      const digits = (magnitudes[index] as number) >>> shift;
      if (digits >>> bits === least) counts[digits & mask] = (counts[digits & mask] as number) + 1;
    }
    let digit = mask;
    while (digit > 0 && (counts[digit] as number) < equals) equals -= counts[digit--] as number;
    least = (least << bits) | digit;
  }
  return { least, equals };
}
