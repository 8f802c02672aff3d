import type { JobSpec } from "../job/job-spec.js";
import type { JobEvent, StopReason } from "./events.js";
import type { JobState, Transition } from "./state.js";
import type { Score } from "./worker-scores.js";

/** The best score of the global model so far, as `stop.patience` sees it. */
export interface BestScore {
  readonly value: number;
  readonly round: number;
}

/** How long a job ran, by the times of its events. */
export interface Clock {
  /** Milliseconds until `since`. */
  readonly ms: number;
  /** When it was read last, ms since 1970; absent while it stands. */
  readonly since?: number | undefined;
}

/** An event with its time, where the job needs to know it: so that a replay comes to the same decisions. */
export const stamped = (event: JobEvent, at: number, { stop }: JobSpec): JobEvent =>
  stop.wallClockSeconds === undefined && !setsClock(event) ? event : { ...event, at };

const setsClock = (event: JobEvent): boolean =>
  event.type === "SettingsChanged" && typeof event.changes.stop?.wallClockSeconds === "number";

/** The state at the time of an event. A clock that was set back shows no time. */
export function atTimeOf(state: JobState, { at }: JobEvent): JobState {
  const { ms, since } = state.clock;
  if (at === undefined || since === undefined) return state;
  return { ...state, clock: { ms: ms + Math.max(0, at - since), since: at } };
}

/** The clock of a paused job stands, until the shell says that it starts again. One that is set while the job runs begins then. */
export function withClock(transition: Transition, event: JobEvent): Transition {
  const { type, at } = event;
  const { state } = transition;
  const { kind } = state.phase;
  const { ms, since } = state.clock;
  const starts = type === "JobStarted" || type === "CoordinatorRestarted" || setsClock(event);
  const begins = since === undefined && at !== undefined && starts;
  if (kind === "paused" && since !== undefined) return { ...transition, state: { ...state, clock: { ms } } };
  if (!begins || kind === "created" || kind === "paused") return transition;
  return { ...transition, state: { ...state, clock: { ms, since: at } } };
}

/** A state with other settings: what was counted for those that are gone, or count otherwise now, is counted anew. */
export function withSettings(state: JobState, spec: JobSpec): JobState {
  const { wallClockSeconds, patience } = spec.stop;
  const isSameScore = patience?.metric === state.spec.stop.patience?.metric;
  return {
    ...{ ...state, spec },
    ...(wallClockSeconds === undefined && { clock: { ms: 0 } }),
    ...(!isSameScore && { best: undefined }),
  };
}

/** The best score, with this one: what is not better by more than `minimumDelta` is no improvement. */
export function bestWith(state: JobState, round: number, report: Score | undefined): BestScore | undefined {
  const { best, spec } = state;
  const { patience } = spec.stop;
  if (patience === undefined || report === undefined) return best;
  const value = report[patience.metric];
  if (best === undefined) return { value, round };
  const gain = patience.metric === "loss" ? best.value - value : value - best.value;
  return gain > patience.minimumDelta ? { value, round } : best;
}

/** Why the job is over after this round; undefined: it goes on. @param report the score of the round's model, if it has one */
export function stopReason(state: JobState, round: number, report: Score | undefined): StopReason | undefined {
  const { spec, best, clock, bytes } = state;
  const { accuracy, loss, patience, wallClockSeconds, budgetBytes } = spec.stop;
  if (report !== undefined && accuracy !== undefined && report.accuracy >= accuracy) return "accuracy";
  if (report !== undefined && loss !== undefined && report.loss <= loss) return "loss";
  if (round >= spec.rounds) return "rounds";
  if (report !== undefined && patience !== undefined && best !== undefined && round - best.round >= patience.rounds)
    return "patience";
  if (wallClockSeconds !== undefined && clock.ms >= wallClockSeconds * 1_000) return "wallClock";
  return budgetBytes !== undefined && bytes >= budgetBytes ? "budgetBytes" : undefined;
}
