import { bitsOf } from "../values/views.js";

/** How many values of this many are kept: ⌈fraction * n⌉, at least 1. Rounding of the product keeps none too many. */
export const keptOf = (fraction: number, count: number): number =>
  Math.min(count, Math.max(1, Math.ceil(fraction * count - 1e-9)));

/**
 * The places of the `kept` largest values by magnitude, ascending; of equal ones, the first. Time is linear: magnitudes of float32
 * are ordered as their bits are, so the kept ones are bounded by counting upper and then lower halves of the bits.
 */
export function largest(values: Float32Array, kept: number): Uint32Array {
  const bits = bitsOf(values);
  const upper = new Uint32Array(2 ** 15);
  for (let index = 0; index < bits.length; index++) {
    const half = ((bits[index] as number) & 0x7fff_ffff) >>> 16;
    upper[half] = (upper[half] as number) + 1;
  }
  const high = cut(upper, kept);
  const lower = new Uint32Array(2 ** 16);
  for (let index = 0; index < bits.length; index++) {
    const magnitude = (bits[index] as number) & 0x7fff_ffff;
    if (magnitude >>> 16 === high.at) lower[magnitude & 0xffff] = (lower[magnitude & 0xffff] as number) + 1;
  }
  const low = cut(lower, kept - high.above);
  const least = high.at * 2 ** 16 + low.at;
  let equals = kept - high.above - low.above;
  const places = new Uint32Array(kept);
  let found = 0;
  for (let index = 0; index < bits.length; index++) {
    const magnitude = (bits[index] as number) & 0x7fff_ffff;
    if (magnitude < least || (magnitude === least && equals-- <= 0)) continue;
    places[found++] = index;
  }
  return places;
}

/** Where, counted from the last, the `wanted`th stands, and how many stand behind that. */
function cut(counts: Uint32Array, wanted: number): { readonly at: number; readonly above: number } {
  let above = 0;
  let at = counts.length - 1;
  while (at > 0 && above + (counts[at] as number) < wanted) above += counts[at--] as number;
  return { at, above };
}

/** The values at these places. */
export function gathered(values: Float32Array, places: Uint32Array): Float32Array {
  const kept = new Float32Array(places.length);
  for (let index = 0; index < places.length; index++) kept[index] = values[places[index] as number] as number;
  return kept;
}

/** Puts values to these places. */
export function scatter(values: Float32Array, places: Uint32Array, into: Float32Array): void {
  for (let index = 0; index < places.length; index++) into[places[index] as number] = values[index] as number;
}
