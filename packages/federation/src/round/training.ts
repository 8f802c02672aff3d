import { type JobSpec, updatesNeeded, updatesWanted, workersAsked } from "../job/job-spec.js";
import { specAt } from "../job/spec-at.js";
import { acceptedAsynchronously, beginAsynchronous, refusedAsynchronously } from "./asynchronous.js";
import { callOff, isAwaited } from "./awaited.js";
import { selectCohort } from "./cohort.js";
import { closeRound } from "./ending.js";
import { type JobEffect, type JobEvent, trainingSize } from "./events.js";
import { gathered } from "./gathering.js";
import { afterAttempt, afterSelection, candidatesAmong } from "./history.js";
import { standStill } from "./pausing.js";
import { rosterOf } from "./roster.js";
import {
  clearTimer,
  eligibleFor,
  type JobState,
  type Phase,
  prepend,
  setTimer,
  stay,
  type Training,
  type Transition,
  type Waiting,
} from "./state.js";

/** Opens a round with a new cohort, or waits until there are enough workers for one. */
export function beginRound(before: JobState, round: number, attempt: number): Transition {
  if (before.flow !== undefined) return beginAsynchronous(before, before.flow, round, attempt);
  const { spec, model } = before;
  const ready = gathered(before, round);
  if (model === undefined || ready === undefined) {
    const phase: Waiting = { kind: "waiting", round, attempt };
    return { state: { ...before, phase }, effects: [setTimer(phase, spec)] };
  }
  const { state, effects: taken } = ready;
  const eligible = eligibleFor(state, round);
  const { selection = { kind: "uniform" } } = spec.cohort;
  const asked = workersAsked(specAt(spec, round));
  const cohort = selectCohort(candidatesAmong(state.histories, eligible, round), asked, selection, {
    seed: spec.seed,
    round,
    attempt,
  });
  const roster = rosterOf(state, round);
  const phase: Training = { kind: "training", round, attempt, cohort, updates: [], refusals: [], roster };
  return {
    state: {
      ...{ ...state, phase, histories: afterSelection(state.histories, cohort) },
      bytes: state.bytes + cohort.length * trainingSize(model),
    },
    effects: [
      ...taken,
      { type: "OpenRound", round, attempt, cohort },
      setTimer(phase, spec),
      ...cohort.map((worker): JobEffect => ({ type: "AssignTraining", worker, round, attempt, model })),
    ],
  };
}

/** A worker came while the job waits for workers: perhaps they are enough now. */
export function joinedWaiting(state: JobState, phase: Waiting): Transition {
  if (gathered(state, phase.round) === undefined) return stay(state);
  return prepend([clearTimer(phase)], beginRound(state, phase.round, phase.attempt));
}

/** A worker came, or came back, during a round: when it was selected and has not answered, it is asked again. */
export function joinedTraining(state: JobState, phase: Training, worker: string): Transition {
  const { model } = state;
  const { round, attempt } = phase;
  const isEligible = eligibleFor(state, round).some(({ name }) => name === worker);
  if (model === undefined || !isAwaited(phase, worker) || !isEligible) return stay(state);
  return { state, effects: [{ type: "AssignTraining", worker, round, attempt, model }] };
}

export function updateAccepted(state: JobState, event: Extract<JobEvent, { type: "UpdateAccepted" }>): Transition {
  const { phase, flow } = state;
  if (flow !== undefined) return acceptedAsynchronously(state, flow, event);
  if (!isOpen(phase, event) || !isAwaited(phase, event.update.worker)) return stay(state);
  const { update } = event;
  const bytes = state.bytes + (update.sent?.size ?? update.size);
  return closeIfComplete({ ...state, bytes }, { ...phase, updates: [...phase.updates, update] });
}

export function updateRefused(state: JobState, event: Extract<JobEvent, { type: "UpdateRefused" }>): Transition {
  const { phase, flow } = state;
  if (flow !== undefined) return refusedAsynchronously(state, flow, event);
  if (!isOpen(phase, event) || !isAwaited(phase, event.refusal.worker)) return stay(state);
  return closeIfComplete(state, { ...phase, refusals: [...phase.refusals, event.refusal] });
}

/** An update that came too late changes nothing but the count of those. */
export function updateLate(state: JobState, event: Extract<JobEvent, { type: "UpdateLate" }>): Transition {
  const { closed } = state;
  if (closed?.round !== event.round || closed.attempt !== event.attempt || !closed.unheard.includes(event.worker))
    return stay(state);
  const unheard = closed.unheard.filter((name) => name !== event.worker);
  return stay({ ...state, closed: { ...closed, unheard } });
}

const isOpen = (phase: Phase, { round, attempt }: { round: number; attempt: number }): phase is Training =>
  phase.kind === "training" && phase.round === round && phase.attempt === attempt;

const isFull = (spec: JobSpec, { round, updates, cohort }: Training): boolean =>
  updates.length >= updatesWanted(specAt(spec, round), cohort.length);

/** The round ends when it is full, or nobody is left to wait for. */
function closeIfComplete(state: JobState, phase: Training): Transition {
  const { updates, refusals, cohort } = phase;
  if (!isFull(state.spec, phase) && updates.length + refusals.length < cohort.length) return stay({ ...state, phase });
  return closeTraining(state, phase, "too few updates passed admission");
}

/** The round takes no more updates: when they are enough they are aggregated, otherwise it is tried again, or the job stops. */
export function closeTraining(before: JobState, phase: Training, shortfall: string): Transition {
  const { round, attempt, cohort, roster } = phase;
  const { spec, firstAttempt } = before;
  const needed = updatesNeeded(specAt(spec, round), cohort.length);
  const unheard = cohort.filter((name) => isAwaited(phase, name));
  // Who is called off because others were faster has missed nothing.
  const silent = isFull(spec, phase) ? [] : unheard;
  const { histories, effects: leftOut } = afterAttempt(before.histories, { ...phase, silent }, spec.cohort.exclusion);
  const closing = [clearTimer(phase), ...callOff(phase, "the round closed"), ...leftOut];
  const state: JobState = { ...before, histories, closed: { round, attempt, unheard } };
  if (phase.updates.length >= needed) {
    const updates = [...phase.updates].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    return {
      state: { ...state, phase: { kind: "aggregating", round, attempt, updates, roster } },
      effects: [...closing, { type: "Aggregate", round, attempt, updates }],
    };
  }
  const effects = [...closing, closeRound(phase)];
  const attempts = attempt - firstAttempt + 1;
  if (attempts < spec.cohort.maxAttempts) return prepend(effects, beginRound(state, round, attempt + 1));
  const reason = `round ${round}: ${shortfall} (${phase.updates.length} of ${needed}) in ${attempts} attempts`;
  return prepend(effects, standStill(state, round, attempt + 1, reason));
}
