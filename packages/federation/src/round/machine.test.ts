import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobSpecInput } from "../job/job-spec.js";
import { checkJobSpec } from "../job/parse-job-spec.js";
import type { AcceptedUpdate, JobEffect, JobEvent, ModelVersion } from "./events.js";
import { transition } from "./machine.js";
import { initialState, type JobState } from "./state.js";

const version = (round: number): ModelVersion => ({ round, digest: String(round).padStart(64, "0"), size: 100 });
const joined = (name: string, role: "train" | "evaluate" = "train", dataset = "mnist"): JobEvent => ({
  type: "WorkerJoined",
  worker: { name, role, dataset, samples: 100 },
});
const left = (name: string): JobEvent => ({ type: "WorkerLeft", name });
const updateOf = (worker: string): AcceptedUpdate => ({
  worker,
  digest: "a".repeat(64),
  size: 100,
  samples: 100,
  metrics: { loss: 1, accuracy: 0.5, batches: 1, samplesSeen: 32, downloadMs: 1, trainMs: 1, uploadMs: 1 },
});
const accepted = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "UpdateAccepted",
  round,
  attempt,
  update: updateOf(worker),
});
const refused = (worker: string, round: number, attempt = 1): JobEvent => ({
  type: "UpdateRefused",
  round,
  attempt,
  refusal: { worker, code: "update_not_finite", message: "NaN" },
});
const committed = (round: number): JobEvent => ({ type: "Committed", model: version(round) });
const reported = (round: number, subject = "", accuracy = 0.5): JobEvent => ({
  type: "EvaluationReported",
  round,
  report: { subject, evaluator: "eve", samples: 10, loss: 1, accuracy, confusion: [] },
});
const deadline = (phase: "waiting" | "training" | "evaluating", round: number, attempt = 1): JobEvent => ({
  type: "DeadlinePassed",
  timer: { phase, round, attempt },
});
const started: JobEvent = { type: "JobStarted", model: version(0) };

/** Short words for effects, so that scenarios read as tables. */
const word = (effect: JobEffect): string => {
  switch (effect.type) {
    case "AssignTraining":
      return `train ${effect.worker} ${effect.round}.${effect.attempt}`;
    case "AssignEvaluation":
      return `evaluate ${effect.subject || "global"} by ${effect.evaluator}`;
    case "Abort":
      return `abort ${effect.worker}`;
    case "OpenRound":
      return `open ${effect.round}.${effect.attempt} ${effect.cohort.join("+")}`;
    case "Aggregate":
      return `aggregate ${effect.updates.map(({ worker }) => worker).join("+")}`;
    case "CloseRound":
      return `close ${effect.round}.${effect.attempt}`;
    case "SetTimer":
      return `timer ${effect.timer.phase} ${effect.ms}`;
    case "ClearTimer":
      return `no timer ${effect.timer.phase}`;
    case "Finish":
      return effect.outcome.kind === "cancelled"
        ? "finish cancelled"
        : `finish ${effect.outcome.kind}: ${effect.outcome.reason}`;
  }
};

/** Plays events; answers what each one led to. */
function play(input: Partial<JobSpecInput>, events: readonly JobEvent[]): { state: JobState; words: string[][] } {
  const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", rounds: 2, ...input });
  let state = initialState(spec);
  const words = events.map((event) => {
    const next = transition(state, event);
    state = next.state;
    return next.effects.map(word);
  });
  return { state, words };
}

const two = { cohort: { minimum: 2, quorum: 2, deadlineSeconds: 10, maxAttempts: 2 }, evaluation: { every: 0 } };
const begun = [joined("alice"), joined("bob"), started];

describe("a job", () => {
  it("opens a round, aggregates when all updates are in, and goes on until the last round", () => {
    const { words, state } = play(two, [
      ...begun,
      accepted("bob", 1),
      accepted("alice", 1),
      committed(1),
      accepted("alice", 2),
      accepted("bob", 2),
      committed(2),
    ]);
    expect(words.slice(2)).toEqual([
      ["open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
      [],
      ["no timer training", "aggregate alice+bob"],
      ["close 1.1", "open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"],
      [],
      ["no timer training", "aggregate alice+bob"],
      ["close 2.1", "finish completed: rounds"],
    ]);
    expect(state.model).toEqual(version(2));
  });

  it("waits for enough workers that hold its data set, and gives up after a while", () => {
    const events = [
      started,
      joined("alice"),
      joined("stranger", "train", "cifar"),
      joined("eve", "evaluate"),
      joined("bob"),
    ];
    expect(play(two, events).words).toEqual([
      ["timer waiting 3600000"],
      [],
      [],
      [],
      ["no timer waiting", "open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
    ]);
    expect(play(two, [started, deadline("waiting", 1)]).words.at(-1)).toEqual([
      "no timer waiting",
      'finish failed: fewer than 2 workers with data set "mnist" came within 3600 s',
    ]);
  });

  it("gives a worker that comes back the same work again, unless its update is in", () => {
    const { words } = play(two, [
      ...begun,
      left("alice"),
      joined("alice"),
      accepted("alice", 1),
      left("alice"),
      joined("alice"),
    ]);
    expect(words.slice(3)).toEqual([[], ["train alice 1.1"], [], [], []]);
  });

  it("closes a round at its deadline when the quorum is there, and calls the others off", () => {
    const spec = { ...two, cohort: { ...two.cohort, quorum: 1 } };
    expect(play(spec, [...begun, accepted("bob", 1), deadline("training", 1)]).words.at(-1)).toEqual([
      "no timer training",
      "abort alice",
      "aggregate bob",
    ]);
  });

  it("tries a round again without the quorum, and fails after the last attempt", () => {
    const { words } = play(two, [
      ...begun,
      accepted("bob", 1),
      deadline("training", 1),
      accepted("bob", 1, 2),
      refused("alice", 1, 2),
    ]);
    expect(words[4]).toEqual([
      "no timer training",
      "abort alice",
      "close 1.1",
      "open 1.2 alice+bob",
      "timer training 10000",
      "train alice 1.2",
      "train bob 1.2",
    ]);
    expect(words.at(-1)).toEqual([
      "no timer training",
      "close 1.2",
      "finish failed: round 1: too few updates passed admission (1 of 2) in 2 attempts",
    ]);
  });

  it("goes on without a worker whose update was refused, when the quorum is there", () => {
    const spec = { ...two, cohort: { ...two.cohort, quorum: 1 } };
    expect(play(spec, [...begun, refused("alice", 1), accepted("bob", 1)]).words.at(-1)).toEqual([
      "no timer training",
      "aggregate bob",
    ]);
  });

  it.each<[string, JobEvent]>([
    ["of an earlier round", accepted("alice", 0)],
    ["of another attempt", accepted("alice", 1, 2)],
    ["of a worker that was not selected", accepted("mallory", 1)],
    ["that came before", accepted("bob", 1)],
    ["of a worker that was refused before", accepted("dora", 1)],
  ])("is not changed by an update %s", (_, event) => {
    const { state } = play(two, [...begun, accepted("bob", 1)]);
    expect(transition(state, event)).toEqual({ state, effects: [] });
  });

  it("is not changed by a timer that is over, or a model that nobody waits for", () => {
    const { state } = play(two, [...begun, accepted("bob", 1)]);
    for (const event of [
      deadline("waiting", 1),
      deadline("training", 1, 2),
      deadline("evaluating", 1),
      committed(1),
      reported(1),
    ])
      expect(transition(state, event)).toEqual({ state, effects: [] });
  });

  it("selects a part of the workers, another one each round, the same for the same seed", () => {
    const names = Array.from({ length: 20 }, (_, index) => `worker-${index}`);
    const cohortOf = (seed: number, order: readonly string[]) => {
      const { state } = play({ seed, cohort: { size: 5, minimum: 5 } }, [
        ...order.map((name) => joined(name)),
        started,
      ]);
      return state.phase.kind === "training" ? state.phase.cohort : [];
    };
    expect(cohortOf(1, names)).toHaveLength(5);
    expect(cohortOf(1, [...names].reverse())).toEqual(cohortOf(1, names));
    expect(cohortOf(2, names)).not.toEqual(cohortOf(1, names));
  });
});

describe("evaluation", () => {
  const evaluated = { cohort: { minimum: 1, deadlineSeconds: 10 }, evaluation: { every: 1, deadlineSeconds: 5 } };
  const trained = [joined("alice"), started, accepted("alice", 1), committed(1)];

  it("comes between the commit and the next round", () => {
    const { words } = play(evaluated, [joined("eve", "evaluate"), ...trained, reported(1)]);
    expect(words.slice(4)).toEqual([
      ["timer evaluating 5000", "evaluate global by eve"],
      ["no timer evaluating", "close 1.1", "open 2.1 alice", "timer training 10000", "train alice 2.1"],
    ]);
  });

  it("waits for an evaluator until its deadline, and goes on without it", () => {
    expect(play(evaluated, [...trained, joined("eve", "evaluate")]).words.at(-1)).toEqual(["evaluate global by eve"]);
    expect(play(evaluated, [...trained, deadline("evaluating", 1)]).words.at(-1)).toContain("open 2.1 alice");
  });

  it("is shared out over the evaluators; what a lost one had goes to the others", () => {
    const spec = { ...evaluated, evaluation: { ...evaluated.evaluation, updates: true } };
    const { words } = play(spec, [joined("eve", "evaluate"), joined("eric", "evaluate"), ...trained, left("eric")]);
    expect(words.at(-2)).toEqual(["timer evaluating 5000", "evaluate global by eric", "evaluate alice by eve"]);
    expect(words.at(-1)).toEqual(["evaluate global by eve"]);
  });

  it("ends the job when it reaches the target", () => {
    const spec = { ...evaluated, rounds: 100, stop: { accuracy: 0.9 } };
    expect(play(spec, [...trained, reported(1, "", 0.91)]).words.at(-1)).toEqual([
      "no timer evaluating",
      "close 1.1",
      "finish completed: accuracy",
    ]);
    expect(play(spec, [...trained, reported(1, "", 0.89)]).words.at(-1)).toContain("open 2.1 alice");
  });

  it("that failed does not hold the job up", () => {
    const failed: JobEvent = {
      type: "EvaluationFailed",
      round: 1,
      subject: "",
      refusal: { worker: "eve", code: "training_failed", message: "x" },
    };
    expect(play(evaluated, [joined("eve", "evaluate"), ...trained, failed]).words.at(-1)).toContain("open 2.1 alice");
  });
});

describe("cancelling and restarting", () => {
  const evaluated = { cohort: { minimum: 1, deadlineSeconds: 10 }, evaluation: { every: 1, deadlineSeconds: 5 } };
  const alice = [joined("alice"), started];
  const phases: [string, JobEvent[], string[], string[]][] = [
    ["waiting", [started], ["no timer waiting", "finish cancelled"], ["timer waiting 3600000"]],
    [
      "training",
      alice,
      ["no timer training", "abort alice", "close 1.1", "finish cancelled"],
      ["open 1.1 alice", "timer training 10000"],
    ],
    ["aggregating", [...alice, accepted("alice", 1)], ["close 1.1", "finish cancelled"], ["aggregate alice"]],
    [
      "evaluating",
      [...alice, accepted("alice", 1), committed(1)],
      ["no timer evaluating", "close 1.1", "finish cancelled"],
      ["timer evaluating 5000"],
    ],
  ];

  it.each(phases)("a job that is %s is cancelled", (_, events, cancelled) => {
    const { words, state } = play(evaluated, [...events, { type: "CancelRequested" }]);
    expect(words.at(-1)).toEqual(cancelled);
    expect(transition(state, started)).toEqual({ state, effects: [] });
  });

  it.each(phases)(
    "a job that was %s when the coordinator stopped wishes for what was lost",
    (_, events, _cancelled, restarted) => {
      const { words, state } = play(evaluated, [...events, { type: "CoordinatorRestarted" }]);
      expect(words.at(-1)).toEqual(restarted);
      expect(state.workers.size).toBe(0);
    },
  );

  it("a worker that comes back after the restart gets its work again", () => {
    expect(play(evaluated, [...alice, { type: "CoordinatorRestarted" }, joined("alice")]).words.at(-1)).toEqual([
      "train alice 1.1",
    ]);
  });
});

describe("whatever happens, in whatever order", () => {
  const names = fc.constantFrom("alice", "bob", "eve");
  const round = fc.integer({ min: 0, max: 3 });
  const attempt = fc.integer({ min: 1, max: 3 });
  const events: fc.Arbitrary<JobEvent> = fc.oneof(
    fc.constant(started),
    names.map((name) => joined(name, name === "eve" ? "evaluate" : "train")),
    names.map(left),
    fc.tuple(names, round, attempt).map(([name, r, a]) => accepted(name, r, a)),
    fc.tuple(names, round, attempt).map(([name, r, a]) => refused(name, r, a)),
    round.map(committed),
    fc.tuple(round, fc.constantFrom("", "alice")).map(([r, subject]) => reported(r, subject)),
    fc
      .tuple(fc.constantFrom("waiting" as const, "training" as const, "evaluating" as const), round, attempt)
      .map(([p, r, a]) => deadline(p, r, a)),
    fc.constant<JobEvent>({ type: "CoordinatorRestarted" }),
  );
  const spec = { ...two, rounds: 3, evaluation: { every: 2, updates: true } };

  it("a wait has a timer, an opened round is closed once, an update counts at most once, and an end is the end", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 80 }), (list) => {
        let state = initialState(checkJobSpec({ model: "lenet5", dataset: "mnist", ...spec }));
        const timers = new Set<string>();
        const open = new Set<string>();
        let finished = 0;
        for (const event of [started, ...list]) {
          if (event.type === "CoordinatorRestarted") timers.clear();
          if (event.type === "DeadlinePassed" && !timers.delete(JSON.stringify(event.timer))) continue;
          const next = transition(state, event);
          for (const effect of next.effects) {
            if (effect.type === "SetTimer") timers.add(JSON.stringify(effect.timer));
            if (effect.type === "ClearTimer") timers.delete(JSON.stringify(effect.timer));
            if (effect.type === "OpenRound") open.add(`${effect.round}.${effect.attempt}`);
            if (effect.type === "CloseRound") expect(open.delete(`${effect.round}.${effect.attempt}`)).toBe(true);
            if (effect.type === "Finish") finished += 1;
            if (effect.type === "Aggregate")
              expect(new Set(effect.updates.map(({ worker }) => worker)).size).toBe(effect.updates.length);
          }
          state = next.state;
          const waits = ["waiting", "training", "evaluating"].includes(state.phase.kind);
          expect(timers.size).toBe(waits ? 1 : 0);
          expect(open.size).toBe(["training", "aggregating", "evaluating"].includes(state.phase.kind) ? 1 : 0);
          expect(finished).toBe(state.phase.kind === "ended" ? 1 : 0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("the same events give the same state", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (list) => {
        expect(play(spec, [started, ...list])).toEqual(play(spec, [started, ...list]));
      }),
    );
  });
});
