import { closeRound, end } from "./ending.js";
import type { JobEffect, StopReason } from "./events.js";
import { historyOf } from "./history.js";
import { assignScoring } from "./scoring.js";
import { clearTimer, type JobState, type Personalising, prepend, setTimer, type Transition } from "./state.js";

/** The round after which the job is over. */
export interface LastRound {
  readonly round: number;
  readonly attempt: number;
  /** Workers that said in it that they hold too few samples to hold some back. Absent: none was asked. */
  readonly lacking?: readonly string[];
  /** Calls off the scores of it that did not come. */
  readonly owed?: readonly JobEffect[];
}

/**
 * The job has its last model: every worker that took part makes one of its own of it, keeps it, and tells how both do on what it
 * holds back. Who is not there is waited for until the deadline. The last round closes with the job.
 */
export function beginPersonalisation(state: JobState, last: LastRound, reason: StopReason): Transition {
  const { histories, spec } = state;
  const { round, attempt, lacking = [], owed = [] } = last;
  const awaited = [...histories.keys()]
    .filter((name) => historyOf(histories, name).selected > 0 && !lacking.includes(name))
    .sort();
  if (awaited.length === 0) return prepend([closeRound(last)], end(state, { kind: "completed", reason }));
  const phase: Personalising = { kind: "personalising", round, attempt, reason, awaited, scores: [] };
  const asked = awaited.flatMap((worker) => assignScoring(state, phase, worker));
  return { state: { ...state, phase }, effects: [...owed, setTimer(phase, spec), ...asked] };
}

/** The job ends with the scores that it has. */
export const closePersonalisation = (state: JobState, phase: Personalising): Transition =>
  prepend(
    [clearTimer(phase), closeRound(phase)],
    end({ ...state, phase: { kind: "created" } }, { kind: "completed", reason: phase.reason }),
  );
