import { checkJobSpec, type JobView, type RoundView, type UpdateView } from "@tributary/federation";

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + 1_000 * seconds).toISOString();
const digest = (round: number): string => round.toString(16).padStart(64, "0");

/** A job of so many rounds, of a second each, that is over. */
export function jobView(id: string, rounds: number, spec: object = {}): JobView {
  const whole = checkJobSpec({ name: id, model: "mcmahan-2nn", dataset: "mnist", rounds, ...spec });
  return {
    ...{ id, name: whole.name, status: "completed", phase: null, reason: "rounds", waitingFor: null },
    ...{ spec: whole, parameters: 199_210, round: rounds, accuracy: rounds / 100, bestAccuracy: rounds / 100 },
    model: { round: rounds, digest: digest(rounds), size: 1_000, sentBytes: 1_000, createdAt: at(rounds) },
    ...{ submittedAt: at(0), startedAt: at(0), finishedAt: at(rounds) },
  };
}

/** A round that took a second. Its model has an accuracy of number / 100, and a loss of 1 / number. */
export const roundView = (number: number, workers: readonly string[] = ["ada"]): RoundView => ({
  ...{ number, attempt: 1, status: "finished", cohort: [...workers] },
  ...{ startedAt: at(number - 1), finishedAt: at(number) },
  timings: { trainingMs: 700, aggregationMs: 100, evaluationMs: 200, totalMs: 1_000 },
  ...{ bytesDown: 2_000, bytesUp: 1_000, updates: workers.map(updateView), refusals: [] },
  model: { round: number, digest: digest(number), size: 1_000, sentBytes: 1_000, createdAt: at(number) },
  evaluation: {
    ...{ subject: "", evaluator: "judge", samples: 100, loss: 1 / number, accuracy: number / 100 },
    confusion: [],
  },
  ...{ validation: null, personalisation: null, updateEvaluations: [] },
});

const updateView = (worker: string): UpdateView => ({
  ...{ worker, digest: digest(9), size: 1_000, sentBytes: 1_000, samples: 60, loss: 1, accuracy: 0.5 },
  ...{ batches: 6, samplesSeen: 60, downloadMs: 1, trainMs: 2, uploadMs: 3 },
});
