import { callOff } from "./awaited.js";
import type { JobEffect, JobOutcome } from "./events.js";
import { clearTimer, type JobState, type Phase, type Transition } from "./state.js";

/** The job ends, from whatever phase: what is under way is called off. */
export function end(state: JobState, outcome: JobOutcome): Transition {
  return {
    state: { ...state, phase: { kind: "ended", outcome } },
    effects: [...closing(state.phase), { type: "Finish", outcome }],
  };
}

function closing(phase: Phase): JobEffect[] {
  switch (phase.kind) {
    case "created":
    case "ended":
      return [];
    case "waiting":
    case "retrying":
      return [clearTimer(phase)];
    case "paused":
      return phase.held.kind === "created" || phase.held.kind === "waiting" ? [] : [closeRound(phase.held)];
    case "training":
      return [clearTimer(phase), ...callOff(phase, "the job ended"), closeRound(phase)];
    case "aggregating":
      return [closeRound(phase)];
    case "evaluating":
    case "personalising":
      return [clearTimer(phase), closeRound(phase)];
    default:
      return phase satisfies never;
  }
}

/** The wish that lets go of everything that a round held. */
export const closeRound = ({ round, attempt }: { readonly round: number; readonly attempt: number }): JobEffect => ({
  type: "CloseRound",
  round,
  attempt,
});
