import { TributaryError } from "@tributary/protocol";
import type { ImageSet } from "../image-set.js";
import { byLabels } from "./by-labels.js";
import { dirichlet } from "./dirichlet.js";
import { iid } from "./iid.js";
import { labelShards } from "./label-shards.js";

/** How a data set is dealt out to workers. */
export type PartitionSpec =
  /** Shuffled, equal parts. */
  | { readonly kind: "iid"; readonly shards: number }
  /** McMahan et al. 2017: sorted by label, cut into pieces, `piecesEach` random ones a worker. */
  | { readonly kind: "label-shards"; readonly shards: number; readonly piecesEach: number }
  /** Chosen labels a worker; a label that several chose is dealt out among them. */
  | { readonly kind: "labels"; readonly labels: readonly (readonly number[])[] }
  /** Hsu et al. 2019: each class is split by proportions from a symmetric Dirichlet distribution. */
  | { readonly kind: "dirichlet"; readonly shards: number; readonly alpha: number };

/** How many shards a spec makes. */
export const shardCount = (spec: PartitionSpec): number => (spec.kind === "labels" ? spec.labels.length : spec.shards);

/**
 * Deals samples out: one sorted list of indices a shard, no sample in two of them. Seeded: the same arguments give the same shards.
 *
 * @throws TributaryError `invalid_request` when the spec asks for what the data set can't give
 */
export function partition(set: Pick<ImageSet, "labels" | "classes">, spec: PartitionSpec, seed: number): Int32Array[] {
  const shards = shardCount(spec);
  if (!Number.isInteger(shards) || shards < 1 || shards > set.labels.length)
    throw new TributaryError(
      "invalid_request",
      `${set.labels.length} samples can't be dealt out to ${shards} workers`,
      {
        hint: "Ask for at least 1 worker and at most one a sample.",
      },
    );
  const parts = deal(set, spec, seed);
  const empty = parts.findIndex((part) => part.length === 0);
  if (empty >= 0)
    throw new TributaryError("invalid_request", `worker ${empty} would get no sample`, {
      hint: "Choose other labels, fewer workers or a larger alpha.",
    });
  return parts.map((part) => Int32Array.from(part).sort());
}

function deal(set: Pick<ImageSet, "labels" | "classes">, spec: PartitionSpec, seed: number): number[][] {
  switch (spec.kind) {
    case "iid":
      return iid(set.labels, spec.shards, seed);
    case "label-shards":
      return labelShards(set.labels, spec.shards, spec.piecesEach, seed);
    case "labels":
      return byLabels(set, spec.labels, seed);
    case "dirichlet":
      return dirichlet(set, spec.shards, spec.alpha, seed);
    default:
      return spec satisfies never;
  }
}
