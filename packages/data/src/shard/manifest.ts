import { z } from "zod";
import { partitionSpecSchema } from "../partition/partition.js";

const count = z
  .int()
  .min(0)
  .max(2 ** 31);
const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256, hexadecimal");
/** A plain file name: nothing that leads out of the shard's folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "expected a plain file name");

const fileSchema = z.strictObject({
  name: fileName,
  bytes: count,
  sha256: digest,
});

/** How the samples of a shard were chosen: enough to choose them again. */
const sourceSchema = z.strictObject({
  split: z.enum(["train", "test"]),
  partition: partitionSpecSchema,
  seed: z.int().min(0),
  /** Which of the partition's shards it is, from 0. */
  shard: count,
  /** SHA-256 of the indices of its samples, as 32-bit integers, little-endian. */
  indices: digest,
});

/** What `manifest.json` of a shard's folder says. */
export const manifestSchema = z
  .strictObject({
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
    /** Left out when the samples are of no data set that others can read, too. */
    source: sourceSchema.optional(),
  })
  .refine(
    ({ sampleShape: [channels], normalisation: { mean, deviation } }) =>
      mean.length === channels && deviation.length === channels,
    { path: ["normalisation"], message: "expected a mean and a deviation for each channel" },
  )
  .refine(({ files: { images, labels } }) => images.name !== labels.name, {
    path: ["files"],
    message: "expected images and labels in files of their own",
  });

export type Manifest = z.output<typeof manifestSchema>;
export type ShardSource = z.output<typeof sourceSchema>;

export const MANIFEST_FILE = "manifest.json";
export const MAX_MANIFEST_BYTES = 1024 * 1024;
