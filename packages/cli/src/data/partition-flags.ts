import type { PartitionSpec } from "@tributary/data";
import { TributaryError } from "@tributary/protocol";
import type { Command } from "commander";
import { numbers, wholeNumber } from "../options.js";

/** Options that say how a data set is dealt out: exactly one of them. */
export interface PartitionFlags {
  readonly iid?: number;
  readonly labelShards?: string;
  readonly labels?: string;
  readonly dirichlet?: string;
  readonly labelsPerClient?: string;
  readonly similarity?: string;
  readonly sizeSkew?: string;
  readonly sizes?: readonly number[];
  readonly byId?: number | true;
}

const workers = wholeNumber(1, 1_000_000);

export const withPartition = (command: Command): Command =>
  command
    .option("--iid <workers>", "shuffled, equal parts", workers)
    .option(
      "--label-shards <workers:pieces>",
      "sorted by label and cut; so many random pieces a worker (McMahan et al. 2017: 100:2)",
    )
    .option("--labels <lists>", "chosen labels a worker: 0-3,4-6,7-9, or 0+1+5,2-4")
    .option("--dirichlet <workers:alpha>", "classes split by proportions from Dir(alpha) (Hsu et al. 2019)")
    .option("--labels-per-client <workers:k>", "k labels a worker (NIID-Bench: #C=k)")
    .option(
      "--similarity <workers:share>",
      "this share at random, the others sorted by label (Karimireddy et al. 2020)",
    )
    .option("--size-skew <workers:exponent>", "labels alike, sizes by a power law: the k-th has k^-exponent")
    .option("--sizes <proportions>", "labels alike, sizes in these proportions: 5,3,1,1", numbers)
    .option("--by-id [workers]", "samples of one id stay together: a worker each, or dealt out to so many", workers);

/** @throws TributaryError `invalid_request` unless there is one way, with settings that can be read */
export function specFrom(flags: PartitionFlags): PartitionSpec {
  const specs = Object.values(readers).flatMap((read) => read(flags) ?? []);
  const [spec, ...more] = specs;
  if (spec !== undefined && more.length === 0) return spec;
  throw new TributaryError("invalid_request", "one way to partition is wanted", {
    hint: "Give --iid, --label-shards, --labels, --dirichlet, --labels-per-client, --similarity, --size-skew, --sizes or --by-id.",
  });
}

const readers: { readonly [Flag in keyof PartitionFlags]-?: (flags: PartitionFlags) => PartitionSpec | undefined } = {
  iid: ({ iid }) => (iid === undefined ? undefined : { kind: "iid", shards: iid }),
  labelShards: ({ labelShards }) => {
    if (labelShards === undefined) return undefined;
    const [shards, piecesEach] = pair(labelShards, "--label-shards 100:2");
    return { kind: "label-shards", shards, piecesEach };
  },
  labels: ({ labels }) =>
    labels === undefined ? undefined : { kind: "labels", labels: labels.split(",").map(labelList) },
  dirichlet: ({ dirichlet }) => {
    if (dirichlet === undefined) return undefined;
    const [shards, alpha] = pair(dirichlet, "--dirichlet 10:0.5");
    return { kind: "dirichlet", shards, alpha };
  },
  labelsPerClient: ({ labelsPerClient }) => {
    if (labelsPerClient === undefined) return undefined;
    const [shards, labelsEach] = pair(labelsPerClient, "--labels-per-client 10:2");
    return { kind: "labels-per-client", shards, labelsEach };
  },
  similarity: ({ similarity }) => {
    if (similarity === undefined) return undefined;
    const [shards, share] = pair(similarity, "--similarity 100:0.1");
    return { kind: "similarity", shards, share };
  },
  sizeSkew: ({ sizeSkew }) => {
    if (sizeSkew === undefined) return undefined;
    const [shards, exponent] = pair(sizeSkew, "--size-skew 10:1");
    return { kind: "size-skew", shards, exponent };
  },
  sizes: ({ sizes }) => (sizes === undefined ? undefined : { kind: "sizes", proportions: sizes }),
  byId: ({ byId }) => {
    if (byId === undefined) return undefined;
    return byId === true ? { kind: "natural-id" } : { kind: "natural-id", shards: byId };
  },
};

function pair(text: string, example: string): [number, number] {
  const [first, second, ...rest] = text.split(":").map(Number);
  if (first === undefined || second === undefined || rest.length > 0 || Number.isNaN(first + second))
    throw new TributaryError("invalid_request", `"${text.slice(0, 40)}" are no two numbers`, {
      hint: `For example ${example}.`,
    });
  return [first, second];
}

/** "0-3" or "0+1+5". */
function labelList(text: string): number[] {
  return text.split("+").flatMap((part) => {
    const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim());
    if (match === null)
      throw new TributaryError("invalid_request", `"${part.slice(0, 40)}" is no label`, {
        hint: "For example --labels 0-3,4-6,7-9.",
      });
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
  });
}
