import { stream, TributaryError } from "@tributary/protocol";
import type { Labels } from "../dataset.js";
import { cut } from "./cut.js";

/**
 * A share of the samples is dealt out at random, the others sorted by label and cut: 0 is as unlike as can be, 1 is IID.
 * Source: Karimireddy et al. 2020, "SCAFFOLD", section 7, "s % similarity".
 */
export function similarity(labels: Labels, shards: number, share: number, seed: number): number[][] {
  if (!(share >= 0 && share <= 1))
    throw new TributaryError("invalid_request", `a share of ${share} can't be dealt out at random`, {
      hint: "Give a share from 0 to 1.",
    });
  const shuffled = stream(seed, "partition", "similarity").shuffle([...labels.keys()]);
  const alike = Math.round(share * shuffled.length);
  const sorted = shuffled.slice(alike).sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0) || a - b);
  const unlike = cut(sorted, shards);
  // From the other end, so that shards are as large as another: each cut gives its last shards what is left over.
  const dealt = cut(shuffled.slice(0, alike), shards).reverse();
  return unlike.map((own, shard) => [...own, ...(dealt[shard] ?? [])]);
}
