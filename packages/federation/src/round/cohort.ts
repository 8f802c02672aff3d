import { type RandomStream, stream } from "@tributary/protocol";
import type { Selection } from "../job/selection-spec.js";
import { drawWeighted } from "./weighted-draw.js";

/** A worker that may be selected. */
export interface Candidate {
  readonly name: string;
  /** Samples that its shard holds. */
  readonly samples: number;
  /** How often it was selected so far. */
  readonly selected: number;
  /** Training loss of its newest update that was accepted; undefined before the first. */
  readonly loss: number | undefined;
  /** How often in a row no update came of its being selected, while it has to wait for that; 0: it need not. */
  readonly unanswered: number;
}

/**
 * Selects the workers of a round without replacement, from the stream ("cohort", round, attempt), or that with `turn` besides.
 * The answer is sorted, and depends neither on the order in which workers joined nor on when.
 *
 * @param size undefined: all of them
 */
export function selectCohort(
  candidates: readonly Candidate[],
  size: number | undefined,
  selection: Selection,
  draw: { readonly seed: number; readonly round: number; readonly attempt: number; readonly turn?: number },
): string[] {
  const sorted = [...candidates].sort((a, b) => (a.name < b.name ? -1 : 1));
  const turn = draw.turn === undefined ? [] : [draw.turn];
  const random = stream(draw.seed, "cohort", draw.round, draw.attempt, ...turn);
  const cohort = size === undefined || size >= sorted.length ? sorted : choose(sorted, size, selection, random);
  return cohort.map(({ name }) => name).sort();
}

function choose(sorted: Candidate[], size: number, selection: Selection, random: RandomStream): Candidate[] {
  switch (selection.kind) {
    case "uniform":
      return random.shuffle(sorted).slice(0, size);
    case "samples":
      return drawWeighted(sorted, size, samplesOf, random);
    case "roundRobin":
      return random
        .shuffle(sorted)
        .sort((a, b) => a.selected - b.selected)
        .slice(0, size);
    case "powerOfChoice":
      return withLargestLosses(drawWeighted(sorted, selection.candidates, samplesOf, random), size);
    default:
      return selection satisfies never;
  }
}

const samplesOf = ({ samples }: Candidate): number => samples;

/**
 * Those whose last known losses are the largest; an unknown one is larger than any. Who was selected in vain comes for a while after all
 * that need not wait, the later the more often: else one that never answers would be selected for ever. Of like ones, those that were
 * drawn first.
 * Source: Cho, Wang and Joshi, Client selection in federated learning: convergence analysis and power-of-choice selection
 * strategies, 2020 (the variant rpow-d, which asks no candidate for its present loss).
 */
function withLargestLosses(drawn: Candidate[], size: number): Candidate[] {
  const lossOf = ({ loss = Number.POSITIVE_INFINITY }: Candidate): number => loss;
  const byLoss = (a: Candidate, b: Candidate) => (lossOf(a) === lossOf(b) ? 0 : lossOf(b) > lossOf(a) ? 1 : -1);
  return drawn.sort((a, b) => a.unanswered - b.unanswered || byLoss(a, b)).slice(0, size);
}
