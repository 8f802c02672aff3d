import { z } from "zod";

const count = z
  .int()
  .min(0)
  .max(2 ** 31);
/** A plain file name: nothing that leads out of the shard's folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "expected a plain file name");

const fileSchema = z.strictObject({
  name: fileName,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What `manifest.json` of a shard's folder says. */
export const manifestSchema = z.strictObject({
  format: z.literal("tributary-shard/1"),
  /** Of the shard: "alice". */
  name: z.string().min(1).max(100),
  /** Of the data set that it is a part of: "mnist". */
  dataset: z.string().min(1).max(100),
  samples: count.min(1),
  classes: z.int().min(1).max(256),
  /** One sample: [channels, height, width]. */
  sampleShape: z.tuple([count.min(1), count.min(1), count.min(1)]),
  /** How often each label occurs. */
  labelCounts: z.array(count).max(256),
  normalisation: z.strictObject({
    mean: z.array(z.number()).max(1024),
    deviation: z.array(z.number().positive()).max(1024),
  }),
  files: z.strictObject({ images: fileSchema, labels: fileSchema }),
});

export type Manifest = z.output<typeof manifestSchema>;

export const MANIFEST_FILE = "manifest.json";
