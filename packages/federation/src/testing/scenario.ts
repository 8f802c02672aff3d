import type { JobChanges } from "../job/job-changes.js";
import type { JobSpecInput } from "../job/job-spec.js";
import { checkJobSpec } from "../job/parse-job-spec.js";
import type { AcceptedUpdate, JobEffect, JobEvent, ModelVersion, ScoringPhase, TimerId } from "../round/events.js";
import { transition } from "../round/machine.js";
import { initialState, type JobState } from "../round/state.js";

export const version = (round: number): ModelVersion => ({ round, digest: String(round).padStart(64, "0"), size: 100 });
export const joined = (name: string, role: "train" | "evaluate" = "train", dataset = "mnist"): JobEvent => ({
  type: "WorkerJoined",
  worker: { name, role, dataset, samples: 100 },
});
/** A worker that does not train some of the network's ops. */
export const unable = (name: string, ...lacks: readonly string[]): JobEvent => ({
  type: "WorkerJoined",
  worker: { name, role: "train", dataset: "mnist", samples: 100, lacks },
});
export const left = (name: string): JobEvent => ({ type: "WorkerLeft", name });
const updateOf = (worker: string): AcceptedUpdate => ({
  worker,
  digest: `digest of ${worker}`,
  size: 100,
  samples: 100,
  metrics: { loss: 1, accuracy: 0.5, batches: 1, samplesSeen: 32, downloadMs: 1, trainMs: 1, uploadMs: 1 },
});
export const accepted = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "UpdateAccepted",
  round,
  attempt,
  update: updateOf(worker),
});
export const refused = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "UpdateRefused",
  round,
  attempt,
  refusal: { worker, code: "update_not_finite", message: "NaN" },
});
export const committed = (round: number): JobEvent => ({ type: "Committed", model: version(round) });
export const reported = (round: number, subject = "", accuracy = 0.5): JobEvent => ({
  type: "EvaluationReported",
  round,
  report: { subject, evaluator: "eve", samples: 10, loss: 1, accuracy, confusion: [] },
});
export const notScored = (round: number, subject: string, worker: string): JobEvent => ({
  type: "EvaluationFailed",
  round,
  subject,
  refusal: { worker, code: "training_failed", message: "out of memory" },
});
/** A worker's score of the global model; with `personal` that of its own one, too. */
export const validated = (worker: string, round: number, accuracy = 0.5, personal?: number): JobEvent => ({
  type: "ValidationReported",
  round,
  report: {
    ...{ worker, samples: 10, loss: 1, accuracy },
    ...(personal !== undefined && { personal: { loss: 1, accuracy: personal } }),
  },
});
export const notValidated = (worker: string, round: number, phase: ScoringPhase = "evaluating"): JobEvent => ({
  type: "ValidationFailed",
  round,
  phase,
  refusal: { worker, code: "too_few_samples", message: "9 samples" },
});
export const restarted: JobEvent = { type: "CoordinatorRestarted" };
export const settings = (changes: JobChanges): JobEvent => ({ type: "SettingsChanged", changes });
export const cancelled: JobEvent = { type: "CancelRequested" };
export const paused: JobEvent = { type: "PauseRequested", reason: "asked" };
export const resumed: JobEvent = { type: "ResumeRequested" };
export const late = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "UpdateLate",
  round,
  attempt,
  worker,
});
export const overdue = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "DeadlinePassed",
  timer: { phase: "training", round, attempt, worker },
});
export const deadline = (phase: TimerId["phase"], round: number, attempt = 1): JobEvent => ({
  type: "DeadlinePassed",
  timer: { phase, round, attempt },
});
export const started: JobEvent = { type: "JobStarted", model: version(0) };

/** Short words for effects, so that scenarios read as tables. */
const word = (effect: JobEffect): string => {
  switch (effect.type) {
    case "AssignTraining":
      return `train ${effect.worker} ${effect.round}.${effect.attempt}`;
    case "AssignEvaluation":
      return `evaluate ${effect.subject || "global"} by ${effect.evaluator}`;
    case "AssignValidation":
      return effect.phase === "evaluating" ? `validate by ${effect.worker}` : `personalise at ${effect.worker}`;
    case "Abort":
      return `abort ${effect.worker}`;
    case "OpenRound":
      return `open ${effect.round}.${effect.attempt} ${effect.cohort.join("+")}`;
    case "Aggregate":
      return `aggregate ${effect.updates.map(({ worker }) => worker).join("+")}`;
    case "LeaveOut":
      return `leave out ${effect.worker} through ${effect.through}`;
    case "Readmit":
      return `readmit ${effect.worker}`;
    case "CloseRound":
      return `close ${effect.round}.${effect.attempt}`;
    case "LetGo":
      return `let go ${effect.updates.map(({ worker }) => worker).join("+")}`;
    case "SetTimer":
      return `timer ${effect.timer.worker ?? effect.timer.phase} ${effect.ms}`;
    case "ClearTimer":
      return `no timer ${effect.timer.worker ?? effect.timer.phase}`;
    case "Release":
      return `release: ${effect.reason}`;
    case "Finish":
      return effect.outcome.kind === "cancelled"
        ? "finish cancelled"
        : `finish ${effect.outcome.kind}: ${effect.outcome.reason}`;
  }
};

/** Plays events; answers what each one led to. */
export function play(
  input: Partial<JobSpecInput>,
  events: readonly JobEvent[],
): { state: JobState; effects: JobEffect[][]; words: string[][] } {
  let state = initialState(checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 2, ...input }));
  const effects = events.map((event) => {
    const next = transition(state, event);
    state = next.state;
    return [...next.effects];
  });
  return { state, effects, words: effects.map((list) => list.map(word)) };
}

/** An event and, in short words, all that it leads to. */
export type Step = readonly [event: JobEvent, ...effects: string[]];

/** Plays the events of a story, and answers it as it went: to be compared with the story itself. */
export const asItWent = (input: Partial<JobSpecInput>, story: readonly Step[]): Step[] => {
  const events = story.map(([event]) => event);
  return play(input, events).words.map((words, index) => [events[index] ?? started, ...words]);
};
