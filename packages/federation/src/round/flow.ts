import type { AcceptedUpdate, ModelVersion } from "./events.js";
import type { Phase } from "./state.js";

/** Work of an asynchronous job that was handed out, and is not answered. */
export interface Outstanding {
  readonly worker: string;
  /** Names it, together with the attempt: it begins with the version of the round before. */
  readonly round: number;
  readonly attempt: number;
  /** The version that it begins with. */
  readonly model: ModelVersion;
  /** Samples that the worker trains on, of those that it held when it was handed out. */
  readonly samples: number;
}

/** What goes on in an asynchronous job whatever its phase: its workers wait for no round. See docs/decisions/0010. */
export interface Flow {
  /** In the order in which it was handed out; at most one for each worker. */
  readonly outstanding: readonly Outstanding[];
  /** Accepted updates that no version is made of yet, in the order in which they came. */
  readonly buffer: readonly AcceptedUpdate[];
  /** Who was handed the newest version in this attempt: from a second time the same update would come. */
  readonly handed: { readonly round: number; readonly attempt: number; readonly workers: readonly string[] };
}

export const emptyFlow: Flow = { outstanding: [], buffer: [], handed: { round: 0, attempt: 0, workers: [] } };

/** Names an assignment of one worker. */
export interface AssignmentName {
  readonly round: number;
  readonly attempt: number;
}

/** What this worker was handed by this name, if it is not answered. */
export const outstandingOf = (
  { outstanding }: Flow,
  worker: string,
  { round, attempt }: AssignmentName,
): Outstanding | undefined =>
  outstanding.find((one) => one.worker === worker && one.round === round && one.attempt === attempt);

/** Names an update in its job: of each worker there is one at a time, in asynchronous jobs one for each version that it began with. */
export const updateName = ({
  worker,
  began,
}: {
  readonly worker: string;
  readonly began?: AssignmentName | undefined;
}): string => (began === undefined ? worker : `${worker} ${began.round}.${began.attempt}`);

/** Versions that were made since the one that an update began with, when the version of `round` is made of it. */
export const stalenessIn = (round: number, { began }: AcceptedUpdate): number =>
  began === undefined ? 0 : Math.max(0, round - began.round);

/** The accepted updates that a job holds: those that it aggregates or scores, and those that wait. */
export function heldUpdates(state: { readonly phase: Phase; readonly flow?: Flow | undefined }): AcceptedUpdate[] {
  const phase = state.phase.kind === "paused" ? state.phase.held : state.phase;
  return [...("updates" in phase ? phase.updates : []), ...(state.flow?.buffer ?? [])];
}

/** The attempt at a round in whose version an answer counts that comes now, in an asynchronous job. */
export function countsIn(phase: Phase, { buffer }: Flow, bufferSize: number): AssignmentName | undefined {
  if (!("attempt" in phase)) return undefined;
  const { kind, round, attempt } = phase;
  return kind === "training"
    ? { round, attempt }
    : { round: round + 1 + Math.floor(buffer.length / bufferSize), attempt: 1 };
}
