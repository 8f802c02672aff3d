import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { checkLabels } from "../check-dataset.js";
import type { Dataset } from "../dataset.js";
import { byId, idShards } from "./by-id.js";
import { byLabels } from "./by-labels.js";
import { dirichlet } from "./dirichlet.js";
import { iid } from "./iid.js";
import { labelShards } from "./label-shards.js";
import { labelsPerClient } from "./labels-per-client.js";
import { similarity } from "./similarity.js";
import { sizeSkew } from "./size-skew.js";

const shards = z.int().min(1);

/** How a data set is dealt out to workers, as a manifest tells it. */
export const partitionSpecSchema = z.discriminatedUnion("kind", [
  /** Shuffled, equal parts. */
  z.strictObject({ kind: z.literal("iid"), shards }).readonly(),
  /** McMahan et al. 2017: sorted by label, cut into pieces, `piecesEach` random ones a worker. */
  z.strictObject({ kind: z.literal("label-shards"), shards, piecesEach: z.int().min(1) }).readonly(),
  /** Chosen labels a worker; a label that several chose is dealt out among them. */
  z
    .strictObject({ kind: z.literal("labels"), labels: z.array(z.array(z.int().min(0)).readonly()).readonly() })
    .readonly(),
  /** Hsu et al. 2019: each class is split by proportions from a symmetric Dirichlet distribution. */
  z.strictObject({ kind: z.literal("dirichlet"), shards, alpha: z.number().positive() }).readonly(),
  /** Li et al. 2022, "#C = k": so many labels a worker; its holders split a label evenly, or the k-th worker by k^−exponent. */
  z
    .strictObject({
      kind: z.literal("labels-per-client"),
      shards,
      labelsEach: z.int().min(1),
      exponent: z.number().min(0).max(10).optional(),
    })
    .readonly(),
  /** Karimireddy et al. 2020: this share of the samples dealt out at random, the others sorted by label and cut. */
  z.strictObject({ kind: z.literal("similarity"), shards, share: z.number().min(0).max(1) }).readonly(),
  /** Labels alike everywhere, and the k-th shard as large as k^−exponent. */
  z.strictObject({ kind: z.literal("size-skew"), shards, exponent: z.number().min(0).max(10) }).readonly(),
  /** Labels alike everywhere, and sizes in these proportions. */
  z
    .strictObject({ kind: z.literal("sizes"), proportions: z.array(z.number().positive()).min(1).readonly() })
    .readonly(),
  /** Samples of one id stay together: a shard for each id, or the ids dealt out to so many. */
  z.strictObject({ kind: z.literal("natural-id"), shards: shards.optional() }).readonly(),
]);

/**
 * How a data set is dealt out to workers: `iid`, `label-shards`, `labels`, `dirichlet`, `labels-per-client`, `similarity`,
 * `size-skew`, `sizes` or `natural-id`.
 */
export type PartitionSpec = z.output<typeof partitionSpecSchema>;

/** What of a data set a partition depends on. */
type Dealt = Pick<Dataset, "labels" | "classes" | "ids">;

/** How many shards a spec makes. @throws TributaryError `invalid_request` when it goes by ids, and there are none */
export function shardCount(set: Pick<Dataset, "ids">, spec: PartitionSpec): number {
  switch (spec.kind) {
    case "labels":
      return spec.labels.length;
    case "sizes":
      return spec.proportions.length;
    case "natural-id":
      return idShards(set.ids, spec.shards);
    default:
      return spec.shards;
  }
}

/**
 * Deals samples out: one sorted list of indices a shard, no sample in two of them. Seeded: the same arguments give the same shards.
 *
 * @throws TributaryError `invalid_request` when the spec asks for what the data set can't give
 */
export function partition(set: Dealt, spec: PartitionSpec, seed: number): Int32Array[] {
  const count = shardCount(set, spec);
  if (!Number.isInteger(count) || count < 1 || count > set.labels.length)
    throw new TributaryError("invalid_request", `${set.labels.length} samples can't be dealt out to ${count} workers`, {
      hint: "Ask for at least 1 worker and at most one a sample.",
    });
  checkLabels(set);
  const parts = deal(set, spec, seed);
  const empty = parts.findIndex((part) => part.length === 0);
  if (empty >= 0)
    throw new TributaryError("invalid_request", `worker ${empty} would get no sample`, {
      hint: "Choose other labels, fewer workers or a larger alpha.",
    });
  return parts.map((part) => Int32Array.from(part).sort());
}

function deal(set: Dealt, spec: PartitionSpec, seed: number): number[][] {
  switch (spec.kind) {
    case "iid":
      return iid(set.labels, spec.shards, seed);
    case "label-shards":
      return labelShards(set.labels, spec.shards, spec.piecesEach, seed);
    case "labels":
      return byLabels(set, spec.labels, seed);
    case "dirichlet":
      return dirichlet(set, spec.shards, spec.alpha, seed);
    case "labels-per-client":
      return labelsPerClient(set, spec.shards, spec.labelsEach, seed, spec.exponent);
    case "similarity":
      return similarity(set.labels, spec.shards, spec.share, seed);
    case "size-skew":
    case "sizes":
      return sizeSkew(set.labels.length, spec, seed);
    case "natural-id":
      return byId(set.ids, spec.shards, seed);
    default:
      return spec satisfies never;
  }
}
