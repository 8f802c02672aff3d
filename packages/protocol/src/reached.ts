import { channel } from "node:diagnostics_channel";

/** Where a coordinator may be when it is killed: in the order of a job's life. */
export const coordinatorPoints = [
  /** The initial model is kept, and not yet the event that names it. */
  "before-first-commit",
  /** An event is about to be journaled. */
  "before-journal",
  /** An event is journaled, and nothing of what follows from it is done. */
  "between-journal-and-effects",
  /** A worker is registered, and not yet told so. */
  "registering",
  /** A worker is about to be given its assignment. */
  "assigning",
  /** A chunk of the model is read, and not yet sent. */
  "sending-model",
  /** A chunk of an update is kept, and not yet acknowledged. */
  "chunk-kept",
  /** An update is whole and synced, and not yet journaled. */
  "update-kept",
  /** An update is journaled, and not yet acknowledged. */
  "between-update-and-ack",
  /** An update is folded into the mean. */
  "update-folded",
  /** The next model is half written. */
  "aggregating",
  /** The next model is kept, and not yet the event that commits it. */
  "between-commit-and-journal",
  /** The next model is committed, and nobody knows yet. */
  "between-commit-and-broadcast",
  /** The updates of a closed round are about to be deleted. */
  "closing-round",
  /** After a restart: an event of the journal is about to be applied again. */
  "replaying",
  /** After a restart: what was under way is taken up again. */
  "recovered",
] as const;

/** Where a worker may be when it is killed: in the order of an assignment's life. */
export const workerPoints = [
  /** An assignment came, and is not yet acknowledged. */
  "assigned",
  /** A chunk of the model is kept. */
  "downloading",
  /** A batch is trained. */
  "training",
  /** The update is computed, and not yet kept. */
  "computed",
  /** The update is kept, and nothing of it sent. */
  "trained",
  /** A chunk of the update is acknowledged. */
  "uploading",
  /** All chunks are acknowledged, and not yet the update that names them. */
  "uploaded",
  /** The update is on its way, and its acknowledgement not yet here. */
  "update-sent",
  /** The acknowledgement came, and nothing is done about it yet. */
  "acknowledged",
] as const;

export type CoordinatorPoint = (typeof coordinatorPoints)[number];
export type WorkerPoint = (typeof workerPoints)[number];

/** A place in the program where a fault harness may step in. */
export type CrashPoint = CoordinatorPoint | WorkerPoint;

/** The diagnostics channel on which a point is published. */
export const channelOf = (point: CrashPoint): string => `tributary:${point}`;

const channels = new Map(
  [...coordinatorPoints, ...workerPoints].map((point) => [point as CrashPoint, channel(channelOf(point))]),
);

/**
 * Says where the program is, to whoever subscribed to `channelOf(point)` of Node's `diagnostics_channel`; subscribers run before
 * this returns. Without any it costs a look into a table.
 */
export function reached(point: CrashPoint, facts: object = {}): void {
  const published = channels.get(point);
  if (published?.hasSubscribers) published.publish(facts);
}
