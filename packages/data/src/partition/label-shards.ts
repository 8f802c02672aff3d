import { stream, TributaryError } from "@tributary/protocol";
import type { Labels } from "../dataset.js";
import { cut } from "./cut.js";

/**
 * Sorted by label, cut into shards * piecesEach pieces, `piecesEach` random ones a worker: with 100 workers and 2 pieces of
 * MNIST these are the 200 pieces of 300 of McMahan et al. 2017, "Non-IID".
 */
export function labelShards(labels: Labels, shards: number, piecesEach: number, seed: number): number[][] {
  if (!Number.isInteger(piecesEach) || piecesEach < 1 || shards * piecesEach > labels.length)
    throw new TributaryError("invalid_request", `${piecesEach} pieces for each of ${shards} workers can't be cut`, {
      hint: "Ask for at least 1 piece, and no more pieces than samples.",
    });
  const sorted = [...labels.keys()].sort((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0) || a - b);
  const pieces = stream(seed, "partition", "label-shards").shuffle(cut(sorted, shards * piecesEach));
  return cut(pieces, shards).map((own) => own.flat());
}
