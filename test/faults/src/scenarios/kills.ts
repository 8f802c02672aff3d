import { setTimeout as pause } from "node:timers/promises";
import { type CoordinatorPoint, stream, type WorkerPoint, workerPoints } from "@tributary/protocol";
import type { Run, Scenario } from "./scenario.js";

/** When each point is reached in the middle of the job, and not at its beginning: for which time. */
const coordinatorTimes: Record<Exclude<CoordinatorPoint, "replaying" | "recovered" | "registering">, number> = {
  "before-first-commit": 1,
  "before-journal": 8,
  "between-journal-and-effects": 8,
  assigning: 5,
  "sending-model": 10,
  "chunk-kept": 10,
  "update-kept": 5,
  "between-update-and-ack": 5,
  "update-folded": 5,
  aggregating: 6,
  "between-commit-and-journal": 2,
  "between-commit-and-broadcast": 2,
  "closing-round": 2,
};

/** During recovery there must have been a first death. */
const duringRecovery: Scenario[] = [
  {
    group: "coordinator",
    name: "replaying, after a kill",
    faults: { coordinator: ["kill@update-folded#4", "kill@replaying#4"] },
  },
  {
    group: "coordinator",
    name: "recovered, after a kill",
    faults: { coordinator: ["kill@aggregating#3", "kill@recovered"] },
  },
  {
    // The workers' uploads were interrupted: they wait for the registration that is now interrupted, too.
    group: "coordinator",
    name: "registering, after a kill",
    faults: { coordinator: ["kill@chunk-kept#2", "kill@registering"] },
    short: true,
  },
  {
    group: "coordinator",
    name: "five times in one job",
    faults: {
      coordinator: [
        "kill@assigning#2",
        "kill@update-kept",
        "kill@recovered",
        "kill@between-update-and-ack#2",
        "kill@between-commit-and-journal",
      ],
    },
  },
];

/** What the reduced form has: one point of each stage of a round. */
const shortPoints: readonly string[] = [
  "before-first-commit",
  "sending-model",
  "between-update-and-ack",
  "aggregating",
  "between-commit-and-broadcast",
];

/** The coordinator is killed at each of its points. */
export const coordinatorKills: readonly Scenario[] = [
  ...Object.entries(coordinatorTimes).map(
    ([point, time]): Scenario => ({
      group: "coordinator",
      name: point,
      faults: { coordinator: [`kill@${point}#${time}`] },
      short: shortPoints.includes(point),
    }),
  ),
  ...duringRecovery,
];

/** Chunks and batches come several a round. */
const workerTimes: Record<WorkerPoint, number> = {
  assigned: 2,
  downloading: 3,
  training: 5,
  computed: 2,
  trained: 2,
  uploading: 3,
  uploaded: 2,
  "update-sent": 2,
  acknowledged: 2,
};

const afterTraining: Partial<Record<WorkerPoint, true>> = {
  ...{ trained: true, uploading: true, uploaded: true, "update-sent": true, acknowledged: true },
};

const noMoreTraining = (disturbed: Run, undisturbed: Run): string[] =>
  disturbed.trainings === undisturbed.trainings
    ? []
    : [`there were ${disturbed.trainings} trainings, undisturbed ${undisturbed.trainings}`];

const killOf = (point: WorkerPoint) => `kill@${point}#${workerTimes[point]}`;

/** A worker is killed at each of its points; and all of them in one job. */
export const workerKills: readonly Scenario[] = [
  ...workerPoints.map(
    (point): Scenario => ({
      group: "worker",
      name: point,
      faults: { bela: [killOf(point)] },
      // A finished update is kept: nothing is trained twice.
      ...(point in afterTraining && { holds: noMoreTraining }),
    }),
  ),
  {
    group: "worker",
    name: "all of them, each at three points, in one job",
    faults: {
      ada: ["kill@assigned#2", "kill@uploading", "kill@acknowledged"],
      bela: ["kill@downloading#3", "kill@uploaded", "kill@training"],
      carl: ["kill@training#5", "kill@trained", "kill@update-sent"],
    },
    short: true,
  },
  {
    group: "worker",
    name: "trained, and the coordinator before it journals",
    faults: { ada: ["kill@trained#2"], coordinator: ["kill@before-journal#9"] },
  },
];

/** How long the undisturbed job takes, roughly, ms: the moments are spread over it. */
const JOB_MS = 900;
/** How long the coordinator takes to be back and have its workers back, roughly, ms. */
const RECOVERY_MS = 2_500;

/** The coordinator is killed at moments that are drawn from the seed; every third time a second one strikes while it recovers. */
export const randomKills = (seed: number, count: number): readonly Scenario[] =>
  Array.from({ length: count }, (_, index): Scenario => {
    const random = stream(seed, "moment", index);
    const first = Math.round(random.uniform() * JOB_MS);
    const moments = index % 3 === 2 ? [first, Math.round(random.uniform() * RECOVERY_MS)] : [first];
    return {
      group: "moment",
      name: `${moments.join(" and ")} ms after the submission`,
      short: index === 0,
      async disturb({ coordinator }, signal) {
        for (const ms of moments) {
          await pause(ms, undefined, { signal });
          coordinator.signal("SIGKILL");
        }
      },
    };
  });
