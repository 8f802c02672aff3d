/** Largest absolute value of what is kept: far from where float32 ends. */
const MAX_KEPT = 2 ** 120;

/** The numbers of one place in all kept vectors, as fields of an object that reads and writes the vectors themselves. */
export interface KeptNumbers {
  readonly fields: Record<string, number>;
  /** Vectors in the order of the names. To be set before the fields are used, and not across an await: others use it, too. */
  vectors: readonly Float32Array[];
  /** Which place the fields are of. */
  place: number;
}

const made = new Map<string, KeptNumbers>();

/**
 * One object for all steps with the same names: the engine then knows its shape, which makes a step three times as fast as
 * with fields that are copied to and fro.
 */
export function keptNumbers(names: readonly string[]): KeptNumbers {
  const key = JSON.stringify(names);
  const known = made.get(key);
  if (known !== undefined) return known;
  const kept: KeptNumbers = { fields: {}, vectors: [], place: 0 };
  for (const [index, name] of names.entries())
    Object.defineProperty(kept.fields, name, {
      get: () => (kept.vectors[index] as Float32Array)[kept.place],
      set(value: number) {
        (kept.vectors[index] as Float32Array)[kept.place] = Math.max(-MAX_KEPT, Math.min(MAX_KEPT, value));
      },
    });
  made.set(key, kept);
  return kept;
}
