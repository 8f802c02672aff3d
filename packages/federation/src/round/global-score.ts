import type { RoundView } from "../api/round.js";
import type { Evaluating } from "./state.js";
import { type Score, summaryOf } from "./worker-scores.js";

/**
 * What a global model is worth: an evaluator's score, and without one the mean of the workers', weighted by the samples that each
 * holds back. The only place where this is decided.
 */
export const scoreFrom = <S extends Score>(
  evaluator: S | null | undefined,
  workers: S | null | undefined,
): S | undefined => evaluator ?? workers ?? undefined;

/** What the global model is worth by the scores of an evaluation, for the rules that stop a job. */
export function globalScore({ reports, scores }: Pick<Evaluating, "reports" | "scores">): Score | undefined {
  return scoreFrom<Score>(
    reports.find(({ subject }) => subject === ""),
    meanOf(summaryOf(scores)),
  );
}

/** What the model of a round is worth; undefined while nobody has scored it. */
export function scoreOfRound({
  evaluation,
  validation,
}: Pick<RoundView, "evaluation" | "validation">): Score | undefined {
  const score = scoreFrom<Score>(evaluation, meanOf(validation?.summary));
  return score && { loss: score.loss, accuracy: score.accuracy };
}

const meanOf = (
  summary: { readonly [figure in keyof Score]: { readonly mean: number } } | undefined,
): Score | undefined => summary && { loss: summary.loss.mean, accuracy: summary.accuracy.mean };
