import { z } from "zod";

const length = z.int().min(1).max(4_096);

/** One change of samples on their way into a batch, as data: a list of them is part of a loader's options, or of a shard's manifest. */
export const transformSchema = z.discriminatedUnion("kind", [
  /** (value − mean) / deviation by channel. Left out of a list, it is the last; without numbers, they are the data set's own. */
  z.strictObject({
    kind: z.literal("normalise"),
    mean: z.array(z.number()).readonly().optional(),
    deviation: z.array(z.number().positive()).readonly().optional(),
  }),
  /** `pixels` more on each side of an image, of this value: 0 is black before normalisation, and the mean after it. */
  z.strictObject({ kind: z.literal("pad"), pixels: z.int().min(1).max(1_024), value: z.number().default(0) }),
  /** A piece of this size, at a place drawn for each sample. */
  z.strictObject({ kind: z.literal("random-crop"), height: length, width: length }),
  /** Left becomes right, with this probability for each sample. */
  z.strictObject({ kind: z.literal("random-flip"), probability: z.number().min(0).max(1).default(0.5) }),
  /** Stretched to this size, between pixels linearly. */
  z.strictObject({ kind: z.literal("resize"), height: length, width: length }),
  /** Batches get `targets`, [batch, classes], beside their labels. */
  z.strictObject({ kind: z.literal("one-hot") }),
]);

/** A change of samples: `normalise`, `pad`, `random-crop`, `random-flip`, `resize` or `one-hot`. */
export type Transform = z.input<typeof transformSchema>;
/** The same with every default filled in. */
export type FullTransform = z.output<typeof transformSchema>;
