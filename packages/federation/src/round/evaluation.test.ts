import { describe, expect, it } from "vitest";
import {
  accepted,
  asItWent,
  committed,
  deadline,
  joined,
  left,
  notScored,
  play,
  reported,
  restarted,
  type Step,
  settings,
  started,
} from "../testing/scenario.js";

const spec = { cohort: { deadlineSeconds: 10 }, evaluation: { every: 1, deadlineSeconds: 5 } };
const withUpdates = { ...spec, evaluation: { ...spec.evaluation, updates: true } };

const eve = joined("eve", "evaluate");
const eric = joined("eric", "evaluate");

const timer = "timer evaluating 5000";
const closed = ["no timer evaluating", "close 1.1"];
const second = ["open 2.1 alice", "timer training 10000", "train alice 2.1"];
/** Alice trains the first round alone. */
const trained: Step[] = [
  [joined("alice")],
  [started, "open 1.1 alice", "timer training 10000", "train alice 1.1"],
  [accepted("alice", 1), "no timer training", "aggregate alice"],
];

/** A job of which every tenth round is scored; `twice` leads to the model of the second. */
const rare = { ...spec, rounds: 99, evaluation: { ...spec.evaluation, every: 10 } };
const twice: Step[] = [
  [eve],
  ...trained,
  [committed(1), timer, "evaluate global by eve"],
  [reported(1), ...closed, ...second],
  [accepted("alice", 2), "no timer training", "aggregate alice"],
];

const stories: [string, Parameters<typeof asItWent>[0], Step[]][] = [
  [
    "comes between the commit and the next round",
    spec,
    [[eve], ...trained, [committed(1), timer, "evaluate global by eve"], [reported(1), ...closed, ...second]],
  ],
  [
    "comes after rounds 1, 1 + every, … and the last",
    { ...spec, rounds: 4, evaluation: { every: 2 } },
    [
      [eve],
      ...trained,
      [committed(1), "timer evaluating 300000", "evaluate global by eve"],
      [reported(1), ...closed, ...second],
      [accepted("alice", 2), "no timer training", "aggregate alice"],
      [committed(2), "close 2.1", "open 3.1 alice", "timer training 10000", "train alice 3.1"],
    ],
  ],
  [
    "comes after the round that turns out to be the last, by its bytes",
    { ...rare, stop: { budgetBytes: 500 } },
    [
      ...twice,
      // Two models, two updates, and the model that was scored.
      [committed(2), timer, "evaluate global by eve"],
      [reported(2), "no timer evaluating", "close 2.1", "finish completed: budgetBytes"],
    ],
  ],
  [
    "comes after the round that was made the last while it was under way",
    rare,
    [
      ...twice,
      [settings({ rounds: 1 })],
      [committed(2), timer, "evaluate global by eve"],
      [reported(2), "no timer evaluating", "close 2.1", "finish completed: rounds"],
    ],
  ],
  [
    "ends the job when it reaches the target",
    { ...spec, rounds: 100, stop: { accuracy: 0.9 } },
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [reported(1, "", 0.9), ...closed, "finish completed: accuracy"],
    ],
  ],
  [
    "below the target does not end the job",
    { ...spec, rounds: 100, stop: { accuracy: 0.9 } },
    [[eve], ...trained, [committed(1), timer, "evaluate global by eve"], [reported(1, "", 0.89), ...closed, ...second]],
  ],
  [
    "of single updates does not end the job, and comes with that of the model",
    { ...withUpdates, rounds: 1, stop: { accuracy: 0.9 } },
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve", "evaluate alice by eve"],
      [reported(1, "alice", 0.95)],
      [reported(1, "alice", 0.96)],
      [reported(1, "", 0.5), ...closed, "finish completed: rounds"],
    ],
  ],
  [
    "that failed does not hold the job up",
    spec,
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [notScored(1, "", "eric")],
      [notScored(1, "", "eve"), ...closed, ...second],
    ],
  ],
  [
    "is asked for again when the evaluator comes back, and settled by its first score",
    spec,
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [left("eve")],
      [eve, "evaluate global by eve"],
      [reported(1), ...closed, ...second],
      [reported(1)],
    ],
  ],
  [
    "is asked for again after a restart of the coordinator",
    spec,
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [restarted, timer],
      [joined("alice")],
      [eve, "evaluate global by eve"],
    ],
  ],
  [
    "goes to whoever comes after a restart, when the one that was asked does not",
    spec,
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [restarted, timer],
      [eric, "evaluate global by eric"],
      [eve],
    ],
  ],
  [
    "is shared out over the evaluators; what a lost one owed goes to those who remain, and nothing twice",
    withUpdates,
    [
      [eve],
      [eric],
      ...trained,
      [committed(1), timer, "evaluate global by eric", "evaluate alice by eve"],
      [joined("judge", "evaluate")],
      [left("eric"), "evaluate global by eve"],
      [notScored(1, "", "eric")],
      [reported(1)],
      [reported(1, "alice"), ...closed, ...second],
    ],
  ],
  [
    "waits for an evaluator of this data set until its deadline, and goes on without",
    spec,
    [
      ...trained,
      [committed(1), timer],
      [joined("stranger", "evaluate", "cifar-10")],
      [joined("bob")],
      [
        deadline("evaluating", 1),
        ...[...closed, "open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"],
      ],
    ],
  ],
  [
    "goes to an evaluator that comes late",
    spec,
    [...trained, [committed(1), timer], [eve, "evaluate global by eve"], [reported(1), ...closed, ...second]],
  ],
  [
    "is waited for once when no evaluator comes, until one is there",
    { ...spec, rounds: 9 },
    [
      ...trained,
      [committed(1), timer],
      [deadline("evaluating", 1), ...closed, ...second],
      [accepted("alice", 2), "no timer training", "aggregate alice"],
      [committed(2), "close 2.1", "open 3.1 alice", "timer training 10000", "train alice 3.1"],
      [eve],
      [left("eve")],
      [accepted("alice", 3), "no timer training", "aggregate alice"],
      [committed(3), timer],
    ],
  ],
  [
    "is waited for in the next round when the evaluator was only slow",
    { ...spec, rounds: 9 },
    [
      [eve],
      ...trained,
      [committed(1), timer, "evaluate global by eve"],
      [deadline("evaluating", 1), ...closed, ...second],
      [reported(1)],
      [left("eve")],
      [accepted("alice", 2), "no timer training", "aggregate alice"],
      [committed(2), timer],
    ],
  ],
];

describe("evaluation", () => {
  it.each(stories)("%s", (_, input, story) => {
    expect(asItWent(input, story)).toEqual(story);
  });

  it("comes after the round that turns out to be the last, by the clock", () => {
    const events = twice.map(([event]) => (event === started ? { ...event, at: 0 } : event));
    const { words } = play({ ...rare, stop: { wallClockSeconds: 60 } }, [
      ...[...events, { ...committed(2), at: 60_000 }, reported(2)],
    ]);
    expect(words.slice(-2)).toEqual([
      [timer, "evaluate global by eve"],
      ["no timer evaluating", "close 2.1", "finish completed: wallClock"],
    ]);
  });

  it("looks at the new model and at the updates, by their digests", () => {
    const { effects } = play(withUpdates, [eve, ...trained.map(([event]) => event), committed(1)]);
    expect(effects.at(-1)).toMatchObject([
      { type: "SetTimer" },
      { type: "AssignEvaluation", round: 1, subject: "", digest: "1".padStart(64, "0") },
      { type: "AssignEvaluation", round: 1, subject: "alice", digest: "digest of alice" },
    ]);
  });
});
