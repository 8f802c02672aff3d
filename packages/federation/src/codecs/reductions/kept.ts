/** How many values of this many are kept: ⌈fraction * n⌉, at least 1. Rounding of the product keeps none too many. */
export const keptOf = (fraction: number, count: number): number =>
  Math.min(count, Math.max(1, Math.ceil(fraction * count - 1e-9)));

/** The values at these places. */
export function gathered(values: Float32Array, places: Uint32Array): Float32Array {
  const kept = new Float32Array(places.length);
  for (let index = 0; index < places.length; index++) kept[index] = values[places[index] as number] as number;
  return kept;
}
