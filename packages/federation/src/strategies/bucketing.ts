import { stream, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { Gathered } from "../aggregation/gathered.js";
import { addRow, writeMean } from "../aggregation/mean-of-rows.js";
import { selectedIn } from "../aggregation/weighted-mean.js";
import { defineWrapper } from "./define-wrapper.js";
import type { Aggregation, Contribution, ReadPart, RoundContext, Vector } from "./strategy.js";

/** Numbers that are read at a time by a rule that streams. */
const SLICE = 64 * 1024;
/** Numbers that are added up at a time: a rule may read 32 buckets at once, which take 3 MiB then besides what they give. */
const BLOCK = 8 * 1024;

/**
 * Shuffles the updates, by the job's seed and the round, and gives the inner strategy the means of buckets of them: workers with
 * unlike data look more alike then. n updates make ⌈n / s⌉ buckets; one bad worker spoils one bucket.
 * Source: Karimireddy et al. 2022, "Byzantine-Robust Learning on Heterogeneous Datasets via Bucketing", algorithm 1.
 */
export const bucketing = defineWrapper({
  kind: "bucketing",
  about: "Averages updates in random buckets before a robust rule sees them (Karimireddy et al. 2022)",
  settings: {
    size: z
      .int()
      .min(1)
      .max(1_000)
      .default(2)
      .describe(
        "Updates in a bucket, s. Those of one bucket weigh alike, and a rule that weighs by samples gives the bucket their sum",
      ),
  },
  memory: "reread",
  example: { size: 2, of: { kind: "median" } },
  least: ({ size }, { least }) => size * (least - 1) + 1,
  unfitFor: (_, { kind, asynchronous, least }) =>
    asynchronous !== undefined && least === 1
      ? `strategy.of: ${kind} makes a version of each update, so bucketing would have nothing to average; fedbuff with a bufferSize above 1 has`
      : undefined,
  most: ({ size }, most) => size * most,
  open({ size }, inner, round) {
    const least = size * (inner.least - 1) + 1;
    const gathered = new Gathered(round, { kind: "bucketing", least });
    let aggregation: Aggregation | undefined;
    return {
      fold: async (contribution) => gathered.add(contribution),
      async complete() {
        gathered.seal();
        const order = stream(round.spec.seed, "bucketing", round.round).shuffle([...gathered.contributions.keys()]);
        const buckets = Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
          bucketOf(gathered, round, order.slice(index * size, (index + 1) * size), index),
        );
        aggregation = inner.open({ ...round, cohort: buckets, selected: selectedIn(round) });
        for (const bucket of buckets) await aggregation.fold(bucket);
        await aggregation.complete();
      },
      async result(start, end) {
        if (aggregation === undefined) throw new TributaryError("internal", "a result before all updates were in");
        return aggregation.result(start, end);
      },
    };
  },
});

/** The mean of some updates as one. */
function bucketOf(
  gathered: Gathered,
  { before }: RoundContext,
  places: readonly number[],
  index: number,
): Contribution {
  const members = places.flatMap((place) => gathered.contributions[place] ?? []);
  const mean = (of: (member: Contribution) => number) =>
    members.reduce((sum, member) => sum + of(member), 0) / members.length;
  const names = Object.keys(members[0]?.extra ?? {});
  const isOld = members.some(({ base }) => base !== undefined);
  return {
    worker: `bucket-${String(index).padStart(6, "0")}`,
    samples: members.reduce((sum, { samples }) => sum + samples, 0),
    members: members.reduce((sum, { members = 1 }) => sum + members, 0),
    localSteps: mean(({ localSteps }) => localSteps),
    loss: mean(({ loss }) => loss),
    staleness: mean(({ staleness }) => staleness),
    base: isOld ? meanOf(members.map(({ base = before }) => base)) : undefined,
    ...vectorOf(
      gathered,
      members.map(({ read }) => read),
    ),
    extra: Object.fromEntries(
      names.map((name) => [
        name,
        vectorOf(
          gathered,
          members.map((member) => extraOf(member, name)),
        ),
      ]),
    ),
  };
}

/** @throws TributaryError `update_shape_mismatch` when the update lacks a vector that another one has */
function extraOf({ extra, worker }: Contribution, name: string): ReadPart {
  const vector = extra[name];
  if (vector === undefined) throw new TributaryError("update_shape_mismatch", `the update of ${worker} lacks ${name}`);
  return vector.read;
}

/** The mean of some vectors, none of which may hide what it is in it: each is checked. */
function vectorOf(gathered: Gathered, vectors: readonly ReadPart[]): Vector {
  const read = meanOf(vectors.map((one) => (start, end) => gathered.checked(one, start, end)));
  const { elements } = gathered;
  return {
    read,
    async *slices() {
      for (let at = 0; at < elements; at += SLICE) yield await read(at, Math.min(elements, at + SLICE));
    },
  };
}

/** The members are read one after the other: a bucket has one of them in memory, and one file open, however large it is. */
const meanOf =
  (vectors: readonly ReadPart[]): ReadPart =>
  async (start, end) => {
    const mean = new Float32Array(end - start);
    for (let at = start; at < end; at += BLOCK) {
      const sums = new Float64Array(Math.min(BLOCK, end - at));
      for (const read of vectors) addRow(sums, await read(at, at + sums.length));
      writeMean(sums, vectors.length, mean.subarray(at - start));
    }
    return mean;
  };
