import { BatchNorm2d, Conv2d, Flatten, Linear, sequential, trace } from "@tributary/nn";
import type { SimulatedJob } from "./simulated-job.js";

const normalised = trace(
  sequential(new Conv2d(1, 4, 5, { stride: 4 }), new BatchNorm2d(4), new Flatten(), new Linear(144, 10)),
  [1, 28, 28],
);

/** Jobs with what a strategy alone does not show: codecs, models of the workers' own, drawn cohorts, scores. */
export const mixedJobs: Readonly<Record<string, SimulatedJob>> = {
  "two workers that are drawn for each round, an adaptive strategy and a learning rate with a schedule": {
    engines: 3,
    change: {
      rounds: 3,
      cohort: { size: 2, minimum: 3 },
      strategy: { kind: "fedadam" },
      training: { batchSize: 16, epochs: 1, clipNorm: 1, momentum: 0.9, schedule: { name: "exponential", gamma: 0.5 } },
    },
  },
  "updates that a codec makes small, which gives back what it lost to whoever comes again": {
    change: { rounds: 4, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
  },
  "updates of which a codec loses a part for good": {
    change: { rounds: 3, codec: { update: "delta | randomk(0.1)", errorFeedback: false } },
  },
  "updates of low rank, whose codec goes on from what it came to at whoever comes again": {
    change: { rounds: 4, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | powersgd(2)" } },
  },
  "models that travel in half the bytes, and updates in a quarter": {
    change: { rounds: 3, codec: { model: "float16 | deflate", update: "delta | int8" } },
  },
  // One at a time, and nobody who scores a version while the next update is on its way: their order is that of the draws, which is the same.
  "a buffer that no worker waits for, and a codec that gives back what it lost": {
    engines: 2,
    change: {
      ...{ rounds: 5, strategy: { kind: "fedbuff", bufferSize: 2 }, evaluation: { every: 0 } },
      ...{ cohort: { size: 1, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
    },
  },
  "control variates, which travel both ways and stay at the workers, with momentum": {
    engines: 2,
    change: {
      rounds: 4,
      cohort: { size: 2, minimum: 3 },
      strategy: { kind: "scaffold", population: 3 },
      evaluation: { updates: true },
      training: {
        batchSize: 16,
        maxBatches: 6,
        learningRate: 0.01,
        momentum: 0.9,
        schedule: { name: "exponential", gamma: 0.5 },
      },
    },
  },
  "control variates, whose changes a codec makes small with the updates, and which get back what they lost": {
    change: {
      ...{ rounds: 4, cohort: { size: 2, minimum: 3 }, strategy: { kind: "scaffold", population: 3 } },
      codec: { update: "delta | topk(0.1) | int8" },
    },
  },
  "a last layer that stays at each worker, and a codec": {
    change: {
      rounds: 3,
      strategy: { kind: "fedper", localParameters: ["fc3.*"] },
      codec: { update: "delta | sign" },
    },
  },
  "workers that score the model on what they hold back, and fine-tune some layers of it in the end": {
    change: {
      rounds: 3,
      evaluation: { workers: { validationFraction: 0.2 } },
      training: { batchSize: 16, maxBatches: 6, momentum: 0.9, schedule: { name: "exponential", gamma: 0.5 } },
      personalisation: { epochs: 2, batchSize: 8, layers: ["fc*"] },
    },
  },
  "workers of which some were not drawn for the last round, and one with too few samples to hold back": {
    engines: 2,
    change: {
      ...{ rounds: 3, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
      evaluation: { every: 2, workers: { validationFraction: 0.1, minimumSamples: 20 } },
      personalisation: { optimizer: "adam" },
    },
  },
  "a model of each worker's own, scored as it is": {
    change: {
      ...{ rounds: 2, strategy: { kind: "ditto", lambda: 0.5 }, evaluation: { every: 0, workers: {} } },
      personalisation: { epochs: 0 },
    },
  },
  "a last layer that stays at each worker, fine-tuned in the end, and scores of two workers": {
    change: {
      ...{ strategy: { kind: "fedper", localParameters: ["fc3.*"] }, evaluation: { workers: { maximum: 2 } } },
      personalisation: { learningRate: 0.01 },
    },
  },
  "a buffer that no worker waits for, and a model of each worker's own in the end": {
    change: {
      ...{ rounds: 5, strategy: { kind: "fedbuff", bufferSize: 2 }, cohort: { size: 1, minimum: 3 } },
      ...{ evaluation: { every: 0, workers: {} }, personalisation: {} },
    },
  },
  "normalisation that stays at each worker": {
    change: {
      rounds: 3,
      model: { graph: { ...normalised } },
      strategy: { kind: "fedbn", localParameters: ["1.*"] },
    },
  },
};
