import { checkJobSpec, type JobView, type RoundView, type WorkerView } from "@tributary/federation";

/** The moment that the views are of. */
export const NOW = Date.parse("2026-01-01T00:01:00Z");
const START = "2026-01-01T00:00:00.000Z";

export const workerView = (given: Partial<WorkerView>): WorkerView => ({
  ...{ name: "ada", role: "train", dataset: "mnist", samples: 60_000, sampleShape: [1, 28, 28], classes: 10 },
  ...{
    labels: null,
    ops: { count: 3, own: [] },
    backend: "native",
    threads: 2,
    tags: [],
    memory: null,
    software: "0.1.0",
    connected: true,
    state: "idle",
  },
  ...{ since: START, job: null, round: null, firstSeenAt: START, lastSeenAt: START, progress: null },
  ...{ roundTripMs: null, lastError: null },
  ...given,
});

export const jobView = (given: Partial<JobView> = {}): JobView => ({
  ...{ id: "4h2k9q0wze", name: "night-shift", status: "running", phase: "training", reason: null, waitingFor: null },
  spec: checkJobSpec({ name: "night-shift", model: "mcmahan-2nn", dataset: "mnist", rounds: 20 }),
  ...{ parameters: 199_210, round: 4, model: null, accuracy: 0.9, bestAccuracy: 0.9 },
  ...{ submittedAt: START, startedAt: START, finishedAt: null },
  ...given,
});

const update: Omit<RoundView["updates"][number], "worker" | "loss"> = {
  ...{ digest: "00", size: 796_840, sentBytes: 796_840, samples: 100, accuracy: 0.5, batches: 4, samplesSeen: 100 },
  ...{ downloadMs: 1, trainMs: 1, uploadMs: 1 },
};

/** A finished round of two workers that took two seconds, as it is with an evaluator. */
export const roundView = (number: number, given: Partial<RoundView> = {}): RoundView => ({
  ...{ number, attempt: 1, status: "finished", cohort: ["ada", "bob"], startedAt: START, finishedAt: START },
  timings: { trainingMs: 1_500, aggregationMs: 100, evaluationMs: 400, totalMs: 2_000 },
  ...{ bytesDown: 2_097_152, bytesUp: 1_048_576, refusals: [], model: null },
  updates: [
    { ...update, worker: "ada", loss: 2 / number },
    { ...update, worker: "bob", loss: 1 / number, samples: 300 },
  ],
  evaluation: {
    ...{
      subject: "",
      evaluator: "eve",
      samples: 1_000,
      loss: 1 / number,
      accuracy: 1 - 1 / (number + 1),
      confusion: [],
    },
  },
  ...{ validation: null, personalisation: null, updateEvaluations: [] },
  ...given,
});
