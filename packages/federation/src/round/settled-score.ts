import type { JobEvent } from "./events.js";
import { globalScore } from "./global-score.js";
import { fitsPhase, withScore } from "./scoring.js";
import type { Evaluating, JobState, Phase } from "./state.js";
import type { Score } from "./worker-scores.js";

/**
 * What the global model turned out to be worth with an event: an evaluator's score as soon as it is there, the mean of the
 * workers' when no more of them are waited for. Undefined: the event does not tell.
 */
export function settledScore(before: JobState, event: JobEvent, after: JobState): Score | undefined {
  const phase = evaluatingIn(before.phase);
  if (phase === undefined) return undefined;
  const { reports, scores } = withNews(phase, event);
  if (reports !== phase.reports && reports.at(-1)?.subject === "") return reports.at(-1);
  const next = evaluatingIn(after.phase);
  const goesOn = next !== undefined && next.round === phase.round && next.attempt === phase.attempt;
  return goesOn ? undefined : globalScore({ reports, scores });
}

/** The evaluation under way, or the one that a paused job goes on with. */
function evaluatingIn(phase: Phase): Evaluating | undefined {
  const shown = phase.kind === "paused" ? phase.held : phase;
  return shown.kind === "evaluating" ? shown : undefined;
}

/** The evaluation with the score that an event brings, if it is waited for. */
function withNews(phase: Evaluating, event: JobEvent): Evaluating {
  if (event.type === "ValidationReported" && event.round === phase.round && fitsPhase(event.report, phase.kind))
    return withScore(phase, event.report);
  if (event.type !== "EvaluationReported" || event.round !== phase.round) return phase;
  const isAsked = phase.pending.some(({ subject }) => subject === event.report.subject);
  return isAsked ? { ...phase, reports: [...phase.reports, event.report] } : phase;
}
