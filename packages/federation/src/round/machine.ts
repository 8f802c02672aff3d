import { describeUnfit } from "../job/capabilities.js";
import { changed, type JobChanges } from "../job/job-changes.js";
import { describeUnable } from "../job/match-ops.js";
import { flowOn, overdue } from "./asynchronous.js";
import { clockStruck, withClockTimer } from "./clock-timer.js";
import { end } from "./ending.js";
import {
  closeEvaluation,
  committed,
  evaluationFailed,
  evaluationReported,
  joinedEvaluating,
  leftEvaluating,
  scoreReported,
  scoringFailed,
} from "./evaluation.js";
import { withoutEvaluators } from "./evaluators.js";
import type { JobEvent, TimerId, WorkerFacts } from "./events.js";
import { readmitted } from "./history.js";
import { broken, holdIfAsked, pauseRequested, resumeRequested, standStill } from "./pausing.js";
import { closePersonalisation } from "./personalisation.js";
import { assignScoring } from "./scoring.js";
import {
  evaluatorsThere,
  isCurrent,
  type JobState,
  prepend,
  setTimer,
  shortageOf,
  stay,
  type Transition,
} from "./state.js";
import { atTimeOf, withClock, withSettings } from "./stopping.js";
import {
  beginRound,
  closeTraining,
  joinedTraining,
  joinedWaiting,
  updateAccepted,
  updateLate,
  updateRefused,
} from "./training.js";

/**
 * The round machine: what happens next, given what is and what came. Pure; the same events give the same state.
 * An event that does not fit the phase (late, repeated, of another round) changes nothing.
 */
export function transition(state: JobState, event: JobEvent): Transition {
  if (state.phase.kind === "ended") return stay(state);
  const then = atTimeOf(state, event);
  const next = flowOn(then, event, holdIfAsked(step(then, event)));
  // An event that changes nothing but the time changes nothing.
  if (next.state === then && next.effects.length === 0) return stay(state);
  return withClockTimer(then, event, withClock(next, event));
}

function step(state: JobState, event: JobEvent): Transition {
  switch (event.type) {
    case "JobStarted": {
      const { model } = event;
      return state.phase.kind === "created" ? beginRound({ ...state, model }, model.round + 1, 1) : stay(state);
    }
    case "WorkerJoined":
      return workerJoined(state, event.worker);
    case "WorkerLeft":
      return workerLeft(state, event.name);
    case "UpdateAccepted":
      return updateAccepted(state, event);
    case "UpdateRefused":
      return updateRefused(state, event);
    case "UpdateLate":
      return updateLate(state, event);
    case "Committed":
      return committed(state, event.model);
    case "EvaluationReported":
      return evaluationReported(state, event);
    case "EvaluationFailed":
      return evaluationFailed(state, event);
    case "ValidationReported":
      return scoreReported(state, event);
    case "ValidationFailed":
      return scoringFailed(state, event);
    case "DeadlinePassed":
      return deadlinePassed(state, event.timer);
    case "CancelRequested":
      return end(state, { kind: "cancelled" });
    case "JobBroken":
      return broken(state, event.reason);
    case "PauseRequested":
      return pauseRequested(state, event.reason);
    case "ResumeRequested":
      return resumeRequested(state);
    case "SettingsChanged":
      return settingsChanged(state, event.changes);
    case "CoordinatorRestarted":
      return restarted({ ...state, workers: new Map(), away: [...state.away, ...state.workers.values()] });
    default:
      return event satisfies never;
  }
}

function workerJoined(before: JobState, worker: WorkerFacts): Transition {
  const state = withWorker(before, worker);
  const { phase } = state;
  switch (phase.kind) {
    case "waiting":
      return joinedWaiting(state, phase);
    case "training":
      return joinedTraining(state, phase, worker.name);
    case "evaluating":
      return joinedEvaluating(state, phase, worker.name);
    case "personalising":
      return { state, effects: assignScoring(state, phase, worker.name) };
    case "created":
    case "aggregating":
    case "retrying":
    case "paused":
    case "ended":
      return stay(state);
    default:
      return phase satisfies never;
  }
}

function withWorker(before: JobState, worker: WorkerFacts): JobState {
  const workers = new Map(before.workers).set(worker.name, worker);
  const state: JobState = { ...before, workers, away: before.away.filter(({ name }) => name !== worker.name) };
  return evaluatorsThere(state).length > 0 ? { ...state, evaluatorMissing: false } : state;
}

function workerLeft(before: JobState, name: string): Transition {
  if (!before.workers.has(name)) return stay(before);
  const workers = new Map(before.workers);
  workers.delete(name);
  const state: JobState = { ...before, workers };
  // A trainer that left may come back with its update until the deadline.
  return state.phase.kind === "evaluating" ? leftEvaluating(state, state.phase, name) : stay(state);
}

function deadlinePassed(state: JobState, timer: TimerId): Transition {
  const { phase, spec, flow } = state;
  if (timer.phase === "clock") return clockStruck(state, timer);
  if (flow !== undefined && timer.phase === "training") return overdue(state, flow, timer);
  if (!isCurrent(phase, timer)) return stay(state);
  switch (phase.kind) {
    case "waiting": {
      const { dataset, cohort } = spec;
      const { needed, unable, unfit = [] } = shortageOf(state);
      const reason = `fewer than ${needed} workers with data set "${dataset}" came within ${cohort.waitSeconds} s`;
      const lacking = unable.length > 0 ? `; ${describeUnable(unable)}` : "";
      const against = unfit.length > 0 ? `; ${describeUnfit(unfit)}` : "";
      return standStill(state, phase.round, phase.attempt, reason + lacking + against);
    }
    case "retrying": {
      const { round, attempt } = phase;
      return beginRound({ ...state, firstAttempt: attempt, retries: state.retries + 1 }, round, attempt);
    }
    case "training":
      return closeTraining(state, phase, "too few updates came before the deadline");
    case "evaluating":
      return closeEvaluation({ ...state, away: [], evaluatorMissing: evaluatorsThere(state).length === 0 }, phase);
    case "personalising":
      return closePersonalisation(state, phase);
    default:
      return phase satisfies never;
  }
}

/** Other settings hold from now on: of the wait under way, too, which is counted from its beginning. */
function settingsChanged(before: JobState, changes: JobChanges): Transition {
  const settled = withSettings(before, changed(before.spec, changes));
  // Without a rule that leaves workers out, none is left out.
  const state = changes.cohort?.exclusion === null ? { ...settled, histories: readmitted(settled.histories) } : settled;
  const { phase, spec } = state;
  switch (phase.kind) {
    case "waiting":
      return prepend([setTimer(phase, spec)], joinedWaiting(state, phase));
    case "training":
    case "evaluating":
    case "personalising":
    case "retrying":
      return { state, effects: [setTimer(phase, spec)] };
    case "created":
    case "aggregating":
    case "paused":
    case "ended":
      return stay(state);
    default:
      return phase satisfies never;
  }
}

/** What the shell had under way is gone: wish for it again. Assignments follow as workers come back. */
function restarted(state: JobState): Transition {
  const { phase, spec } = state;
  switch (phase.kind) {
    case "created":
    case "paused":
    case "ended":
      return stay(state);
    case "waiting":
    case "personalising":
    case "retrying":
      return { state, effects: [setTimer(phase, spec)] };
    case "training": {
      const { round, attempt, cohort } = phase;
      return { state, effects: [{ type: "OpenRound", round, attempt, cohort }, setTimer(phase, spec)] };
    }
    case "aggregating": {
      const { round, attempt, updates } = phase;
      return { state, effects: [{ type: "Aggregate", round, attempt, updates }] };
    }
    case "evaluating": {
      const pending = withoutEvaluators(phase.pending, () => true);
      return { state: { ...state, phase: { ...phase, pending } }, effects: [setTimer(phase, spec)] };
    }
    default:
      return phase satisfies never;
  }
}
