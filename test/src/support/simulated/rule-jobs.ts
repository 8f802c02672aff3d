import { type SimulatedJob, smallest } from "./simulated-job.js";

const scored = { ...smallest, rounds: 20, evaluation: { every: 1 } } as const;

/** Each rule of selection, and each that ends a job. */
export const ruleJobs: Readonly<Record<string, SimulatedJob>> = {
  "workers that are drawn by their samples, until the accuracy is reached": {
    change: { ...scored, cohort: { size: 2, minimum: 3, selection: { kind: "samples" } }, stop: { accuracy: 0.25 } },
    reason: "accuracy",
    updates: [2, 2],
  },
  "workers in their turn, until the loss is small enough": {
    change: { ...scored, cohort: { size: 2, minimum: 3, selection: { kind: "roundRobin" } }, stop: { loss: 2.1 } },
    reason: "loss",
    updates: [2, 2],
  },
  "workers with the largest losses, until patience ends": {
    change: {
      ...scored,
      cohort: { size: 1, minimum: 3, selection: { kind: "powerOfChoice", candidates: 2 } },
      stop: { patience: { metric: "accuracy", rounds: 3, minimumDelta: 0.9 } },
    },
    reason: "patience",
    updates: [1, 1, 1, 1],
  },
  // The second round finds a parameter of one of them too large.
  "a worker that is left out for what it sent, until the bytes are spent": {
    change: {
      ...{ ...smallest, rounds: 20, admission: { maxAbs: 0.368 } },
      ...{ cohort: { minimum: 2, exclusion: { refusals: 1, rounds: 2 } }, stop: { budgetBytes: 450_000 } },
    },
    reason: "budgetBytes",
    updates: [3, 2, 2, 2],
  },
  // Deployed a round takes longer than that, and so it does in virtual time. It is let finish, for the sake of the workers' own models.
  "rounds until the time is over, and updates by bits that are drawn": {
    change: {
      ...{ rounds: 3, training: smallest.training, stop: { wallClockSeconds: 0.001 } },
      ...{ codec: { update: "delta | qsgd(4)" } },
      ...{ evaluation: { every: 0, workers: {} }, personalisation: {} },
    },
    trainingDuration: { median: 1, sigma: 0 },
    reason: "wallClock",
    updates: [3],
  },
  "workers of some kind": {
    change: { ...smallest, cohort: { minimum: 2, tags: ["gpu"], backend: "wasm", minimumMemory: 1_000_000 } },
    updates: [2, 2, 2],
  },
};
