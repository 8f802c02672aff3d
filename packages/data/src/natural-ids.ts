/** Whose each sample is: the writer of a digit, the patient of a scan, the device of a measurement. */
export interface NaturalIds {
  /** Each id once, sorted. */
  readonly names: readonly string[];
  /** For each sample, the place of its id in `names`. */
  readonly of: Int32Array;
}

/** Ids as texts, one a sample, in the form in which data sets hold them. */
export function naturalIds(ids: readonly string[]): NaturalIds {
  const names = [...new Set(ids)].sort();
  const places = new Map(names.map((name, place) => [name, place]));
  return { names, of: Int32Array.from(ids, (id) => places.get(id) ?? 0) };
}
