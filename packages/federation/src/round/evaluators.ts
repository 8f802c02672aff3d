import type { PendingEvaluation } from "./state.js";

/** What is to be scored, with nobody asked for it where the one who was is lost. */
export const withoutEvaluators = (
  pending: readonly PendingEvaluation[],
  isLost: (evaluator: string | undefined) => boolean,
): PendingEvaluation[] => pending.map((item) => (isLost(item.evaluator) ? { ...item, evaluator: undefined } : item));
