import { closeRound, end } from "./ending.js";
import type { StopReason } from "./events.js";
import { historyOf } from "./history.js";
import { assignScoring } from "./scoring.js";
import { clearTimer, type JobState, type Personalising, prepend, setTimer, type Transition } from "./state.js";

/**
 * The job has its last model: every worker that took part makes one of its own of it, keeps it, and tells how both do on what it
 * holds back. Who is not there is waited for until the deadline. The last round closes with the job.
 */
export function beginPersonalisation(
  state: JobState,
  { round, attempt }: { readonly round: number; readonly attempt: number },
  reason: StopReason,
): Transition {
  const { histories, spec } = state;
  const awaited = [...histories.keys()].filter((name) => historyOf(histories, name).selected > 0).sort();
  const phase: Personalising = { kind: "personalising", round, attempt, reason, awaited, scores: [] };
  const asked = awaited.flatMap((worker) => assignScoring(state, phase, worker));
  return { state: { ...state, phase }, effects: [setTimer(phase, spec), ...asked] };
}

/** The job ends with the scores that it has. */
export const closePersonalisation = (state: JobState, phase: Personalising): Transition =>
  prepend(
    [clearTimer(phase), closeRound(phase)],
    end({ ...state, phase: { kind: "created" } }, { kind: "completed", reason: phase.reason }),
  );
