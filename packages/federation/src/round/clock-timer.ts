import { end } from "./ending.js";
import { type JobEffect, type JobEvent, type TimerId, timerName } from "./events.js";
import { type JobState, stay, type Transition } from "./state.js";

/**
 * The timer of a job that ends by the clock, while it waits for workers: undefined while it does not. What is aggregated, scored or paused
 * comes to its end first, and a job that personalises ends after a round, so that there is one for its workers to tell their scores in.
 */
function clockTimerOf({ phase, spec, clock }: JobState): TimerId | undefined {
  if (spec.stop.wallClockSeconds === undefined || clock.since === undefined || spec.personalisation !== undefined)
    return undefined;
  switch (phase.kind) {
    case "waiting":
    case "training":
    case "retrying":
      return { phase: "clock", round: phase.round, attempt: phase.attempt };
    case "created":
    case "aggregating":
    case "evaluating":
    case "personalising":
    case "paused":
    case "ended":
      return undefined;
    default:
      return phase satisfies never;
  }
}

/** The time is over: so is the job, with its newest version. A clock that was set back shows less, and the rest is waited for. */
export function clockStruck(state: JobState, timer: TimerId): Transition {
  if (!isSame(clockTimerOf(state), timer)) return stay(state);
  return msLeft(state) > 0
    ? { state, effects: [setClockTimer(state, timer)] }
    : end(state, { kind: "completed", reason: "wallClock" });
}

/** A step of the machine, with the wishes for the clock's timer that follow from it. */
export function withClockTimer(before: JobState, event: JobEvent, { state, effects }: Transition): Transition {
  const was = clockTimerOf(before);
  const is = clockTimerOf(state);
  const isGone = event.type === "CoordinatorRestarted";
  const isOther = before.spec.stop.wallClockSeconds !== state.spec.stop.wallClockSeconds;
  // One that runs is counted from its beginning: it is cleared, so that it is set for what is left.
  const clears: JobEffect[] =
    was !== undefined && (isOther || !isSame(is, was)) ? [{ type: "ClearTimer", timer: was }] : [];
  const sets = is !== undefined && (isGone || isOther || !isSame(was, is)) ? [setClockTimer(state, is)] : [];
  return { state, effects: [...clears, ...effects, ...sets] };
}

const isSame = (one: TimerId | undefined, other: TimerId): boolean =>
  one !== undefined && timerName(one) === timerName(other);

const msLeft = ({ spec, clock }: JobState): number => (spec.stop.wallClockSeconds ?? 0) * 1_000 - clock.ms;

const setClockTimer = (state: JobState, timer: TimerId): JobEffect => ({
  ...{ type: "SetTimer", timer },
  ms: Math.max(1, Math.ceil(msLeft(state))),
});
