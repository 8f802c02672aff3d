import { holdoutOf, workersKeep } from "../job/job-spec.js";
import { specAt } from "../job/spec-at.js";
import { trainingCount } from "../local/validation-split.js";
import { bufferSizeOf, strategyOf } from "../strategies/strategies.js";
import { selectCohort } from "./cohort.js";
import { closeRound } from "./ending.js";
import { type AcceptedUpdate, type JobEffect, type JobEvent, type TimerId, trainingSize } from "./events.js";
import { type Flow, heldUpdates, type Outstanding, outstandingOf, updateName } from "./flow.js";
import { gathered } from "./gathering.js";
import { afterAttempt, afterSelection, candidatesAmong } from "./history.js";
import { standStill } from "./pausing.js";
import { rosterOf } from "./roster.js";
import {
  eligibleFor,
  type JobState,
  prepend,
  setTimer,
  stay,
  type Training,
  type Transition,
  type Waiting,
} from "./state.js";

/**
 * Opens a round of an asynchronous job: the time until its buffer makes a version. Who still trains on an older version goes on;
 * `flowOn` hands out the newest one. While nobody trains, it waits for as many workers as the buffer has places.
 */
export function beginAsynchronous(before: JobState, flow: Flow, round: number, attempt: number): Transition {
  const { spec, model } = before;
  const ready = flow.outstanding.length > 0 ? stay(before) : gathered(before, round);
  if (model === undefined || ready === undefined) {
    const phase: Waiting = { kind: "waiting", round, attempt };
    return { state: { ...before, phase }, effects: [setTimer(phase, spec)] };
  }
  const { state, effects } = ready;
  const nothing = { cohort: [], updates: [], refusals: [] };
  const phase: Training = { kind: "training", round, attempt, ...nothing, roster: rosterOf(state, round) };
  const cohort = [...new Set([...flow.outstanding, ...flow.buffer].map(({ worker }) => worker))];
  return { state: { ...state, phase }, effects: [...effects, { type: "OpenRound", round, attempt, cohort }] };
}

/** An update is in, of whichever version: it waits in the buffer for the round that is under way, or for the next one. */
export function acceptedAsynchronously(
  state: JobState,
  flow: Flow,
  { round, attempt, update }: Extract<JobEvent, { type: "UpdateAccepted" }>,
): Transition {
  const answered = outstandingOf(flow, update.worker, { round, attempt });
  if (answered === undefined) return stay(state);
  const accepted: AcceptedUpdate = { ...update, began: { round, attempt, digest: answered.model.digest } };
  const { histories } = afterAttempt(
    state.histories,
    { round, updates: [update], refusals: [], silent: [] },
    undefined,
  );
  // Its next assignment may come before the version that it is part of.
  const before = state.counted[update.worker];
  const newest = { round, attempt, ...(before && { before: { round: before.round, attempt: before.attempt } }) };
  const counted = workersKeep(state.spec) ? { ...state.counted, [update.worker]: newest } : state.counted;
  const bytes = state.bytes + (update.sent?.size ?? update.size);
  const next = { ...without(flow, [answered]), buffer: [...flow.buffer, accepted] };
  return { state: { ...state, histories, counted, bytes, flow: next }, effects: [clearTimer(answered)] };
}

/** The worker may be given something else. */
export function refusedAsynchronously(
  state: JobState,
  flow: Flow,
  { round, attempt, refusal }: Extract<JobEvent, { type: "UpdateRefused" }>,
): Transition {
  const answered = outstandingOf(flow, refusal.worker, { round, attempt });
  if (answered === undefined) return stay(state);
  const newest = (state.model?.round ?? 0) + 1;
  const { histories, effects } = afterAttempt(
    state.histories,
    { round: newest, updates: [], refusals: [refusal], silent: [] },
    state.spec.cohort.exclusion,
  );
  return {
    state: { ...state, histories, flow: without(flow, [answered]) },
    effects: [clearTimer(answered), ...effects],
  };
}

/** An assignment's time is over: nobody waits for its answer any longer. */
export function overdue(state: JobState, flow: Flow, timer: TimerId): Transition {
  const late = outstandingOf(flow, timer.worker ?? "", timer);
  if (late === undefined) return stay(state);
  const { round, worker } = late;
  const { histories } = afterAttempt(
    state.histories,
    { round, updates: [], refusals: [], silent: [worker] },
    undefined,
  );
  return givenUp({ ...state, histories }, flow, [late], "its deadline passed");
}

/**
 * What follows from a step of the machine for the work that goes on beside its phases: it is called off when the job stands or
 * ends, and handed out while there is room; a full buffer becomes a version.
 */
export function flowOn(before: JobState, event: JobEvent, next: Transition): Transition {
  if (next.state.flow === undefined || before.flow === undefined) return next;
  // The rounds have no deadline of their own: the assignments have.
  const effects = next.effects.filter((effect) => !("timer" in effect) || !isOfRound(effect.timer));
  const past = withoutPast(next.state, next.state.flow, event);
  const settled = event.type === "JobBroken" ? { ...past, state: takenBack(before, past.state) } : past;
  const after = goOn(settled.state);
  const again = asked(after.state, before.flow, event);
  return {
    state: after.state,
    effects: [...letGo(before, after.state), ...settled.effects, ...effects, ...after.effects, ...again],
  };
}

const isOfRound = ({ phase, worker }: TimerId): boolean => phase === "training" && worker === undefined;

/** Without the work that is too old, or whose job does not train; a buffer that may be what broke the job goes as well. */
function withoutPast(state: JobState, flow: Flow, { type }: JobEvent): Transition {
  switch (state.phase.kind) {
    case "training":
    case "aggregating":
    case "evaluating": {
      const { maximumStaleness } = strategyOf(state.spec).asynchronous ?? {};
      const newest = state.model?.round ?? 0;
      const tooOld = flow.outstanding.filter(({ round }) => newest - round + 1 > (maximumStaleness ?? newest));
      return givenUp(state, flow, tooOld, "its version is too old");
    }
    case "created":
    case "waiting":
    case "retrying":
    case "personalising":
    case "paused":
    case "ended": {
      const { kind } = state.phase;
      const isLast = kind === "ended" || kind === "personalising";
      const reason = isLast ? "the job ended" : kind === "paused" ? "the job is paused" : "the job waits";
      const { state: next, effects } = givenUp(state, flow, flow.outstanding, reason);
      const rest = next.flow ?? flow;
      const names = new Set(flow.outstanding.map(({ worker }) => worker));
      const buffer = isLast || type === "JobBroken" ? [] : rest.buffer;
      if (names.size === 0 && buffer.length === rest.buffer.length) return { state: next, effects };
      // When the job goes on they may be handed the same again.
      const workers = rest.handed.workers.filter((name) => !names.has(name));
      return { state: { ...next, flow: { ...rest, buffer, handed: { ...rest.handed, workers } } }, effects };
    }
    default:
      return state.phase satisfies never;
  }
}

/**
 * The updates that went with what broke did not count: their workers go on from what they kept with the one before. Older ones they
 * have no longer.
 */
function takenBack(before: JobState, after: JobState): JobState {
  const gone = new Set(lost(before, after).map(updateName));
  const counted = Object.entries(after.counted).flatMap(([worker, last]) =>
    gone.has(updateName({ worker, began: last }))
      ? last.before === undefined
        ? []
        : [[worker, last.before]]
      : [[worker, last]],
  );
  return { ...after, counted: Object.fromEntries(counted) };
}

function givenUp(state: JobState, flow: Flow, given: readonly Outstanding[], reason: string): Transition {
  const [first] = given;
  if (first === undefined) return stay(state);
  const { round, attempt } = first;
  const unheard = given.filter((one) => one.round === round && one.attempt === attempt).map(({ worker }) => worker);
  return {
    state: { ...state, flow: without(flow, given), closed: { round, attempt, unheard } },
    effects: given.flatMap((one): JobEffect[] => [
      clearTimer(one),
      { type: "Abort", work: "training", worker: one.worker, round: one.round, attempt: one.attempt, reason },
    ]),
  };
}

function goOn(state: JobState): Transition {
  const { phase, flow, model, spec } = state;
  if (flow === undefined || model === undefined) return stay(state);
  switch (phase.kind) {
    case "training": {
      const size = bufferSizeOf(strategyOf(spec));
      if (flow.buffer.length >= size) return aggregate(state, flow, phase, size);
      const handed = handOut(state, flow, phase);
      if ((handed.state.flow ?? flow).outstanding.length > 0) return handed;
      const { state: next, effects } = stalled(state, flow, phase, size);
      return prepend(effects, goOn(next));
    }
    // While the newest version is scored, workers train on it.
    case "evaluating":
      return model.round < spec.rounds ? handOut(state, flow, { round: model.round + 1, attempt: 1 }) : stay(state);
    default:
      return stay(state);
  }
}

/** The newest version for those who have not had it, as long as fewer than `cohort.size` train. */
function handOut(
  state: JobState,
  flow: Flow,
  { round, attempt }: { readonly round: number; readonly attempt: number },
): Transition {
  const { spec, model, histories } = state;
  const { outstanding } = flow;
  const handed = flow.handed.round === round && flow.handed.attempt === attempt ? flow.handed.workers : [];
  const { size } = specAt(spec, round).cohort;
  const room = size === undefined ? undefined : size - outstanding.length;
  if (model === undefined || (room !== undefined && room <= 0)) return stay(state);
  const busy = new Set([...handed, ...outstanding.map(({ worker }) => worker)]);
  const free = eligibleFor(state, round).filter(({ name }) => !busy.has(name));
  if (free.length === 0) return stay(state);
  const { selection = { kind: "uniform" } } = spec.cohort;
  const draw = { seed: spec.seed, round, attempt, turn: handed.length };
  const chosen = selectCohort(candidatesAmong(histories, free, round), room, selection, draw);
  const work = chosen.map(
    (worker): Outstanding => ({
      ...{ worker, round, attempt, model },
      samples: trainingCount(holdoutOf(spec), free.find(({ name }) => name === worker)?.samples ?? 0),
    }),
  );
  const next: Flow = {
    ...flow,
    outstanding: [...outstanding, ...work],
    handed: { round, attempt, workers: [...handed, ...chosen] },
  };
  const bytes = state.bytes + chosen.length * trainingSize(model);
  return {
    state: { ...state, bytes, histories: afterSelection(histories, chosen), flow: next },
    effects: work.flatMap((one) => [setDeadline(one, state), assign(one)]),
  };
}

/** The buffer is full: the updates that came first make the version. */
function aggregate(state: JobState, flow: Flow, { round, attempt, roster }: Training, size: number): Transition {
  const updates = flow.buffer.slice(0, size).sort(byWorker);
  return {
    state: {
      ...{ ...state, phase: { kind: "aggregating", round, attempt, updates, roster } },
      flow: { ...flow, buffer: flow.buffer.slice(size) },
    },
    effects: [{ type: "Aggregate", round, attempt, updates }],
  };
}

const byWorker = (a: AcceptedUpdate, b: AcceptedUpdate): number =>
  a.worker === b.worker ? (a.began?.round ?? 0) - (b.began?.round ?? 0) : a.worker < b.worker ? -1 : 1;

/** Nobody trains, and nobody is left who has not trained on this version: it is handed out anew, or the job stops. */
function stalled(state: JobState, flow: Flow, phase: Training, size: number): Transition {
  const { round, attempt } = phase;
  const attempts = attempt - state.firstAttempt + 1;
  const closing = [closeRound(phase)];
  if (attempts < state.spec.cohort.maxAttempts)
    return prepend(closing, beginAsynchronous(state, flow, round, attempt + 1));
  const reason = `round ${round}: too few updates came (${flow.buffer.length} of ${size}) in ${attempts} attempts`;
  return prepend(closing, standStill(state, round, attempt + 1, reason));
}

/** A worker that came back is asked again for what it owes; what the shell had under way is wished for again. */
function asked(state: JobState, before: Flow, event: JobEvent): JobEffect[] {
  const still = state.flow?.outstanding.filter((one) => before.outstanding.includes(one)) ?? [];
  switch (event.type) {
    case "WorkerJoined":
      return still
        .filter(({ worker }) => worker === event.worker.name)
        .filter(({ worker, round }) => eligibleFor(state, round).some(({ name }) => name === worker))
        .map(assign);
    case "CoordinatorRestarted":
    case "SettingsChanged":
      return still.map((one) => setDeadline(one, state));
    default:
      return [];
  }
}

/** Updates that are part of a version now, or never will be. */
function letGo(before: JobState, after: JobState): JobEffect[] {
  const updates = lost(before, after);
  return updates.length === 0 ? [] : [{ type: "LetGo", updates }];
}

/** Updates that are held no longer. */
function lost(before: JobState, after: JobState): AcceptedUpdate[] {
  const held = new Set(heldUpdates(after).map(updateName));
  return heldUpdates(before).filter((update) => !held.has(updateName(update)));
}

const without = (flow: Flow, gone: readonly Outstanding[]): Flow => ({
  ...flow,
  outstanding: flow.outstanding.filter((one) => !gone.includes(one)),
});

const timerOf = ({ worker, round, attempt }: Outstanding): TimerId => ({ phase: "training", round, attempt, worker });

const clearTimer = (one: Outstanding): JobEffect => ({ type: "ClearTimer", timer: timerOf(one) });

const setDeadline = (one: Outstanding, { spec }: Pick<JobState, "spec">): JobEffect => ({
  type: "SetTimer",
  timer: timerOf(one),
  ms: Math.ceil(spec.cohort.deadlineSeconds * 1000),
});

const assign = ({ worker, round, attempt, model }: Outstanding): JobEffect => ({
  ...{ type: "AssignTraining", worker, round, attempt, model },
});
