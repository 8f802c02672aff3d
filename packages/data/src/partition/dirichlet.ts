import { type RandomStream, stream, TributaryError } from "@tributary/protocol";
import type { ImageSet } from "../image-set.js";
import { indicesByClass } from "./cut.js";

/** Draws that are tried before a partition with an empty shard is given up. */
const TRIES = 100;

/**
 * Each class is split over the workers by proportions from Dir(alpha, …, alpha). A draw that leaves a worker without a sample
 * is made again. Source: Hsu, Qi and Brown 2019, "Measuring the Effects of Non-Identical Data Distribution".
 */
export function dirichlet(
  { labels, classes }: Pick<ImageSet, "labels" | "classes">,
  shards: number,
  alpha: number,
  seed: number,
): number[][] {
  if (!(alpha > 0) || !Number.isFinite(alpha))
    throw new TributaryError("invalid_request", `alpha is ${alpha}`, {
      hint: "Give a number above 0; the smaller, the more unlike the shards.",
    });
  const byClass = indicesByClass(labels, classes);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const random = stream(seed, "partition", "dirichlet", attempt);
    const parts: number[][] = Array.from({ length: shards }, () => []);
    for (const indices of byClass) split(random.shuffle([...indices]), proportions(random, shards, alpha), parts);
    if (parts.every((part) => part.length > 0)) return parts;
  }
  throw new TributaryError("invalid_request", `after ${TRIES} draws with alpha ${alpha} a worker still had no sample`, {
    hint: "Ask for fewer workers or a larger alpha.",
  });
}

function split(indices: readonly number[], fractions: readonly number[], parts: readonly number[][]): void {
  let sum = 0;
  let from = 0;
  for (const [shard, fraction] of fractions.entries()) {
    sum += fraction;
    const to = shard === fractions.length - 1 ? indices.length : Math.round(sum * indices.length);
    parts[shard]?.push(...indices.slice(from, to));
    from = to;
  }
}

function proportions(random: RandomStream, count: number, alpha: number): number[] {
  const draws = Array.from({ length: count }, () => gamma(random, alpha));
  const total = draws.reduce((sum, draw) => sum + draw, 0);
  return draws.map((draw) => (total > 0 ? draw / total : 1 / count));
}

/** A gamma variate with this shape and scale 1. Source: Marsaglia and Tsang 2000, and its section 6 for shapes below 1. */
function gamma(random: RandomStream, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
