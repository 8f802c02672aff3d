import { type RandomStream, stream, TributaryError } from "@tributary/protocol";
import type { Dataset } from "../dataset.js";
import { countsOf, powerLaw, runsOf } from "./counts.js";
import { cut, indicesByClass } from "./cut.js";

/**
 * Each worker holds `labelsEach` labels, and the samples of a label are split evenly among its holders. Source: Li et al. 2022,
 * "Federated Learning on Non-IID Data Silos: An Experimental Study" (NIID-Bench), "#C = k": worker i holds label i mod classes,
 * and others at random. Unlike there, labels that nobody would hold are dealt out first, so that no sample is lost.
 *
 * @param exponent each holder gets as much more of a label as its k^−exponent is larger, k being its number from 1: sizes by a
 *   power law, as in Li et al. 2020, "Federated Optimization in Heterogeneous Networks". Absent: all get the same
 */
export function labelsPerClient(
  { labels, classes }: Pick<Dataset, "labels" | "classes">,
  shards: number,
  labelsEach: number,
  seed: number,
  exponent?: number,
): number[][] {
  const byClass = indicesByClass(labels, classes).filter((indices) => indices.length > 0);
  if (!Number.isInteger(labelsEach) || labelsEach < 1 || labelsEach > byClass.length)
    throw new TributaryError("invalid_request", `no worker can hold ${labelsEach} labels`, {
      hint: `Ask for 1 to ${byClass.length}, the labels that occur.`,
    });
  if (shards * labelsEach < byClass.length)
    throw new TributaryError(
      "invalid_request",
      `${shards} workers with ${labelsEach} labels each can't hold ${byClass.length} labels`,
      { hint: "Ask for more workers, or more labels for each: no sample may be lost." },
    );
  const random = stream(seed, "partition", "labels-per-client");
  const held = choose(byClass.length, shards, labelsEach, random);
  const runs: number[][][] = held.map(() => []);
  const weights = exponent === undefined ? undefined : powerLaw(shards, exponent);
  for (const [place, indices] of byClass.entries()) {
    const holders = runs.filter((_, shard) => held[shard]?.has(place));
    const theirs = weights?.filter((_, shard) => held[shard]?.has(place));
    const shuffled = random.shuffle(indices);
    if (theirs === undefined) {
      // What does not divide evenly goes to another holder each time.
      for (const [turn, part] of cut(shuffled, holders.length).entries())
        holders[(turn + place) % holders.length]?.push(part);
    } else {
      for (const [at, part] of runsOf(shuffled, countsOf(indices.length, theirs)).entries()) holders[at]?.push(part);
    }
  }
  return runs.map((own) => own.flat());
}

/** For each shard, the labels that it holds, `each` in number; every label is held by somebody. */
function choose(labels: number, shards: number, each: number, random: RandomStream): Set<number>[] {
  const held = Array.from({ length: shards }, (_, shard) => new Set([shard % labels]));
  let turn = 0;
  for (let label = Math.min(shards, labels); label < labels; label++) {
    while ((held[turn % shards]?.size ?? each) >= each) turn += 1;
    held[turn % shards]?.add(label);
    turn += 1;
  }
  for (const own of held) {
    const others = random.shuffle(
      Array.from({ length: labels }, (_, label) => label).filter((label) => !own.has(label)),
    );
    for (const label of others.slice(0, each - own.size)) own.add(label);
  }
  return held;
}
