import type { PartitionSpec } from "@tributary/data";
import { nearest, TributaryError } from "@tributary/protocol";

/** Ways to deal a data set out, each with what it makes of its setting; undefined when that is not one. */
const ways: Readonly<Record<string, (workers: number, setting: number | undefined) => PartitionSpec | undefined>> = {
  iid: (shards, setting) => (setting === undefined ? { kind: "iid", shards } : undefined),
  dirichlet: (shards, alpha = 0) => (alpha > 0 ? { kind: "dirichlet", shards, alpha } : undefined),
  shards: (shards, piecesEach = 0) => (isCount(piecesEach) ? { kind: "label-shards", shards, piecesEach } : undefined),
  labels: (shards, labelsEach = 0) =>
    isCount(labelsEach) ? { kind: "labels-per-client", shards, labelsEach } : undefined,
  similarity: (shards, share = -1) => (share >= 0 && share <= 1 ? { kind: "similarity", shards, share } : undefined),
  "size-skew": (shards, exponent = -1) =>
    exponent >= 0 && exponent <= 10 ? { kind: "size-skew", shards, exponent } : undefined,
  "by-id": (shards, setting) => (setting === undefined ? { kind: "natural-id", shards } : undefined),
};

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 1_000_000;

/**
 * A partition in one word: "iid", "dirichlet:0.5", "shards:2" (McMahan et al. 2017), "labels:3", "similarity:0.1",
 * "size-skew:1", "by-id".
 *
 * @param workers how many shards it has
 * @throws TributaryError `invalid_request` for another way, or a setting that it does not take
 */
export function partitionOf(text: string, workers: number): PartitionSpec {
  const [, name = "", setting] = /^([a-z-]{1,20})(?::(\d{1,9}(?:\.\d{1,9})?))?$/.exec(text) ?? [];
  const way = Object.hasOwn(ways, name) ? ways[name] : undefined;
  const spec = way?.(workers, setting === undefined ? undefined : Number(setting));
  if (spec !== undefined) return spec;
  const meant = way === undefined ? nearest(name, Object.keys(ways)) : undefined;
  const end = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new TributaryError("invalid_request", `--partition ${text.slice(0, 40)} is no way to deal samples out${end}`, {
    hint: "Give iid, dirichlet:0.5, shards:2, labels:3, similarity:0.1, size-skew:1 or by-id.",
  });
}
