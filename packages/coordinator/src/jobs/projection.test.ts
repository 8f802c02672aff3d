import { checkJobSpec, initialState, type JobEvent, transition } from "@tributary/federation";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { project, type Shown } from "./projection.js";

const blob = { digest: "ab".repeat(32), size: 1 };
const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 1 });
const worker = { dataset: "mnist", samples: 10 };
const metrics = {
  ...{ loss: 1, accuracy: 0.5, batches: 1, samplesSeen: 1 },
  ...{ downloadMs: 1, trainMs: 1, uploadMs: 1 },
};

/** One round from its beginning to its end, evaluated. */
const events: readonly JobEvent[] = [
  { type: "JobStarted", model: { round: 0, ...blob } },
  { type: "WorkerJoined", worker: { name: "evaluator", role: "evaluate", ...worker } },
  { type: "WorkerJoined", worker: { name: "alice", role: "train", ...worker } },
  { type: "UpdateAccepted", round: 1, attempt: 1, update: { worker: "alice", samples: 10, ...blob, metrics } },
  { type: "Committed", model: { round: 1, ...blob } },
  {
    type: "EvaluationReported",
    round: 1,
    report: { subject: "", evaluator: "evaluator", samples: 1, loss: 1, accuracy: 1, confusion: [] },
  },
];

/** What the tables say of the round when event `n` came at `times[n]`. */
function roundAfter(times: readonly number[]): Shown["round"] {
  let state = initialState(spec);
  let shown: Shown = {
    progress: {
      ...{ settings: null, status: "queued", phase: null, reason: null, waitingFor: null, round: 0 },
      ...{ accuracy: null, bestAccuracy: null, startedAt: null, finishedAt: null },
    },
    round: undefined,
  };
  for (const [index, event] of events.entries()) {
    const next = transition(state, event);
    const entry = { job: "job", seq: index + 1, at: new Date(times[index] ?? 0), event };
    const step = project(entry, shown, state, next, { down: 0, up: 0 });
    shown = { progress: step.progress, round: step.rounds.at(-1) ?? shown.round };
    state = next.state;
  }
  expect(state.phase.kind).toBe("ended");
  return shown.round;
}

describe("what the tables show of a round", () => {
  it("is how long each phase took", () => {
    expect(roundAfter([0, 0, 1_000, 1_300, 1_350, 1_750])).toMatchObject({
      ...{ trainingMs: 300, aggregationMs: 50, evaluationMs: 400 },
    });
  });

  it("has no negative time, wherever the clock was set meanwhile", () => {
    const times = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: events.length, maxLength: events.length });
    fc.assert(
      fc.property(times, (at) => {
        const { trainingMs, aggregationMs, evaluationMs } = roundAfter(at) ?? {};
        for (const ms of [trainingMs, aggregationMs, evaluationMs]) expect(ms).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
