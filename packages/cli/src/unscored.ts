import type { JobSpec } from "@tributary/federation";

/** Settings of `stop` that wait for a score which nobody gives. @param hasEvaluator there is somebody with samples for it */
export function rulesWithoutScores({ stop, evaluation }: JobSpec, hasEvaluator: boolean): string[] {
  if (hasEvaluator || evaluation.workers !== undefined) return [];
  return (["accuracy", "loss", "patience"] as const).flatMap((rule) =>
    stop[rule] === undefined ? [] : [`stop.${rule}`],
  );
}
