import type { RoundView } from "@tributary/federation";

/** What a round's model is worth: an evaluator's score, and without one the mean of what workers hold back. */
export function scoreOf({ evaluation, validation }: RoundView): { loss: number; accuracy: number } | undefined {
  if (evaluation !== null) return { loss: evaluation.loss, accuracy: evaluation.accuracy };
  if (validation === null) return undefined;
  const { loss, accuracy } = validation.summary;
  return { loss: loss.mean, accuracy: accuracy.mean };
}
