import { callOff } from "./awaited.js";
import { closeRound, end } from "./ending.js";
import { withoutEvaluators } from "./evaluators.js";
import type { JobEffect } from "./events.js";
import { readmitted } from "./history.js";
import { callOffScoring } from "./scoring.js";
import {
  clearTimer,
  type Held,
  type JobState,
  prepend,
  type Retrying,
  setTimer,
  stay,
  type Transition,
} from "./state.js";

/**
 * The job can't go on with a round: it tries again later by itself while it may, and then stands still until somebody resumes it.
 * What the round held is let go already.
 */
export function standStill(state: JobState, round: number, attempt: number, reason: string): Transition {
  if (state.retries >= state.spec.maxRetries) return pauseWith(state, { kind: "waiting", round, attempt }, reason, []);
  const phase: Retrying = { kind: "retrying", round, attempt, reason };
  return { state: { ...state, phase }, effects: [setTimer(phase, state.spec)] };
}

/** The coordinator could not carry out what the round needs: the round is tried again, or the job stands still. */
export function broken(state: JobState, reason: string): Transition {
  const { phase } = state;
  switch (phase.kind) {
    case "created":
      return end(state, { kind: "failed", reason });
    case "paused":
    case "ended":
      return stay(state);
    case "waiting":
    case "retrying":
      return prepend([clearTimer(phase)], standStill(state, phase.round, phase.attempt, reason));
    case "training": {
      const effects = [clearTimer(phase), ...callOff(phase, "the round was given up"), closeRound(phase)];
      return prepend(effects, standStill(state, phase.round, phase.attempt + 1, reason));
    }
    case "aggregating":
      return prepend([closeRound(phase)], standStill(state, phase.round, phase.attempt + 1, reason));
    case "evaluating":
    case "personalising":
      return hold(state, reason);
    default:
      return phase satisfies never;
  }
}

/** Somebody wants the job to stand still: at once, or when the aggregation under way is done. */
export function pauseRequested(state: JobState, reason: string): Transition {
  return state.phase.kind === "paused" ? stay(state) : hold({ ...state, pausing: reason }, reason);
}

/** After a step of a job that is to be paused: it is, as soon as it can be. */
export function holdIfAsked({ state, effects }: Transition): Transition {
  return state.pausing === undefined ? { state, effects } : prepend(effects, hold(state, state.pausing));
}

/** A paused job has what it held. Nobody is there and nothing is under way, until the shell says that it starts again. */
export function resumeRequested(state: JobState): Transition {
  const { phase } = state;
  if (phase.kind !== "paused") return stay(state.pausing === undefined ? state : { ...state, pausing: undefined });
  const { held } = phase;
  const firstAttempt = held.kind === "waiting" ? held.attempt : state.firstAttempt;
  // Who waits for workers wants those that were left out, too.
  const histories = held.kind === "waiting" ? readmitted(state.histories) : state.histories;
  return stay({ ...state, phase: held, workers: new Map(), away: [], firstAttempt, histories, retries: 0 });
}

function hold(state: JobState, reason: string): Transition {
  const { phase } = state;
  switch (phase.kind) {
    case "created":
      return pauseWith(state, phase, reason, []);
    case "waiting":
      return pauseWith(state, phase, reason, [clearTimer(phase)]);
    case "retrying": {
      const { round, attempt } = phase;
      return pauseWith(state, { kind: "waiting", round, attempt }, reason, [clearTimer(phase)]);
    }
    case "training":
      // Of an asynchronous one it begins anew, with the updates that it has.
      if (state.flow !== undefined) {
        const { round, attempt } = phase;
        return pauseWith(state, { kind: "waiting", round, attempt: attempt + 1 }, reason, [closeRound(phase)]);
      }
      return pauseWith(state, phase, reason, [clearTimer(phase), ...callOff(phase, "the job is paused")]);
    case "evaluating": {
      const held = { ...phase, pending: withoutEvaluators(phase.pending, () => true) };
      return pauseWith(state, held, reason, [clearTimer(phase), ...callOffScoring(phase, "the job is paused")]);
    }
    case "personalising":
      return pauseWith(state, phase, reason, [clearTimer(phase), ...callOffScoring(phase, "the job is paused")]);
    case "aggregating":
    case "paused":
    case "ended":
      return stay(state);
    default:
      return phase satisfies never;
  }
}

const pauseWith = (state: JobState, held: Held, reason: string, effects: readonly JobEffect[]): Transition => ({
  state: { ...state, phase: { kind: "paused", held, reason }, pausing: undefined },
  effects: [...effects, { type: "Release", reason }],
});
