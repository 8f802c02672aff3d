import { stream, TributaryError } from "@tributary/protocol";
import type { Dataset } from "../dataset.js";
import { indicesByClass } from "./cut.js";
import { symmetricDirichlet } from "./gamma.js";

/** Draws that are tried before a partition with an empty shard is given up. */
const TRIES = 100;

/**
 * Each class is split over the workers by proportions from Dir(alpha, …, alpha). A draw that leaves a worker without a sample
 * is made again. Source: Hsu, Qi and Brown 2019, "Measuring the Effects of Non-Identical Data Distribution".
 */
export function dirichlet(
  { labels, classes }: Pick<Dataset, "labels" | "classes">,
  shards: number,
  alpha: number,
  seed: number,
): number[][] {
  if (!(alpha >= 1e-9 && alpha <= 1e9))
    throw new TributaryError("invalid_request", `alpha is ${alpha}`, {
      hint: "Give a number from 1e-9 to 1e9; the smaller, the more unlike the shards.",
    });
  const byClass = indicesByClass(labels, classes);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const random = stream(seed, "partition", "dirichlet", attempt);
    const runs: number[][][] = Array.from({ length: shards }, () => []);
    for (const indices of byClass) split(random.shuffle([...indices]), symmetricDirichlet(random, shards, alpha), runs);
    const parts = runs.map((own) => own.flat());
    if (parts.every((part) => part.length > 0)) return parts;
  }
  throw new TributaryError("invalid_request", `after ${TRIES} draws with alpha ${alpha} a worker still had no sample`, {
    hint: "Ask for fewer workers or a larger alpha.",
  });
}

/** Gives each shard the run of indices that its fraction stands for. */
function split(indices: readonly number[], fractions: readonly number[], runs: readonly number[][][]): void {
  let sum = 0;
  let from = 0;
  for (const [shard, fraction] of fractions.entries()) {
    sum += fraction;
    const to = shard === fractions.length - 1 ? indices.length : Math.round(sum * indices.length);
    runs[shard]?.push(indices.slice(from, to));
    from = to;
  }
}
