import { z } from "zod";
import { MAX_CHANNELS, MAX_CLASSES, MAX_SAMPLE_DIMENSIONS } from "../check-dataset.js";
import { partitionSpecSchema } from "../partition/partition.js";
import { transformSchema } from "../transforms/transform.js";

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
  /** Left out when the data set has no parts. */
  split: z.enum(["train", "test"]).optional(),
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
    format: z.literal("tributary-shard/2"),
    /** Of the shard: "alice". */
    name: z.string().min(1).max(100),
    /** Of the data set that it is a part of: "mnist". Printable ASCII, as workers register it. */
    dataset: z.string().regex(/^[\x20-\x7e]{1,100}$/, "expected 1 to 100 printable ASCII characters"),
    samples: count.min(1),
    classes: z.int().min(1).max(MAX_CLASSES),
    /** What each class is called, by label. */
    classNames: z.array(z.string().min(1).max(200)).max(MAX_CLASSES).optional(),
    /** "uint8": values stand for value / 255; "float32": for themselves. */
    values: z.enum(["uint8", "float32"]),
    /** One sample: [channels, height, width] for images, [features] for rows of a table. */
    sampleShape: z.array(count.min(1)).min(1).max(MAX_SAMPLE_DIMENSIONS),
    /** How often each label occurs. */
    labelCounts: z.array(count).max(MAX_CLASSES),
    normalisation: z.strictObject({
      mean: z.array(z.number()).max(MAX_CHANNELS),
      deviation: z.array(z.number().positive()).max(MAX_CHANNELS),
    }),
    /** What a worker does to samples that it trains on, first to last; left out: it normalises them. */
    transforms: z.array(transformSchema).max(32).optional(),
    files: z.strictObject({ samples: fileSchema, labels: fileSchema }),
    /** Left out when the samples are of no data set that was dealt out. */
    source: sourceSchema.optional(),
  })
  .refine(
    ({ sampleShape: [channels], normalisation: { mean, deviation } }) =>
      mean.length === channels && deviation.length === channels,
    { path: ["normalisation"], message: "expected a mean and a deviation for each channel" },
  )
  .refine(({ classes, classNames }) => classNames === undefined || classNames.length === classes, {
    path: ["classNames"],
    message: "expected a name for each class",
  })
  .refine(({ files: { samples, labels } }) => samples.name !== labels.name, {
    path: ["files"],
    message: "expected samples and labels in files of their own",
  });

export type Manifest = z.output<typeof manifestSchema>;
export type ShardSource = z.output<typeof sourceSchema>;

/** What is known of a shard's folder of any version: enough to tell that it may be replaced. */
export const anyManifestSchema = z.object({
  format: z.string().regex(/^tributary-shard\/\d{1,3}$/),
  files: z.record(z.string().max(20), z.object({ name: fileName })),
});

export const MANIFEST_FILE = "manifest.json";
export const MAX_MANIFEST_BYTES = 1024 * 1024;
