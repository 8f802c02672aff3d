import { describe, expect, it } from "vitest";
import {
  accepted,
  asItWent,
  committed,
  deadline,
  joined,
  left,
  play,
  refused,
  reported,
  type Step,
  started,
  unable,
  version,
} from "../testing/scenario.js";
import type { JobEvent } from "./events.js";
import { transition } from "./machine.js";
import { shortageOf } from "./state.js";

/** Two workers, both of whose updates are wanted; nothing is evaluated. */
const both = { cohort: { quorum: 2, deadlineSeconds: 10, maxAttempts: 2 }, evaluation: { every: 0 } };
/** As above, but one update is enough. */
const either = { ...both, cohort: { ...both.cohort, minimum: 2, quorum: 1 } };

const opened = ["open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"];
const reopened = ["open 1.2 alice+bob", "timer training 10000", "train alice 1.2", "train bob 1.2"];
const begun: Step[] = [[joined("bob")], [joined("alice")], [started, ...opened]];

const stories: [string, typeof both, Step[]][] = [
  [
    "opens a round, aggregates when all updates are in, and goes on until the last round",
    both,
    [
      ...begun,
      [accepted("bob", 1)],
      [accepted("alice", 1), "no timer training", "aggregate alice+bob"],
      [committed(1), "close 1.1", "open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"],
      [accepted("alice", 2)],
      [accepted("bob", 2), "no timer training", "aggregate alice+bob"],
      [committed(2), "close 2.1", "finish completed: rounds"],
    ],
  ],
  [
    "waits for enough workers that hold its data set",
    both,
    [
      [started, "timer waiting 3600000"],
      [joined("alice")],
      [joined("stranger", "train", "cifar-10")],
      [joined("eve", "evaluate")],
      [joined("bob"), "no timer waiting", ...opened],
    ],
  ],
  [
    "takes only workers that train every op of the network",
    either,
    [
      [started, "timer waiting 3600000"],
      [unable("carl", "acme.swish")],
      [joined("alice")],
      [unable("bob", "acme.swish")],
      [joined("bob"), "no timer waiting", ...opened],
    ],
  ],
  [
    "says which ops were lacking when too few workers came in time",
    both,
    [
      [started, "timer waiting 3600000"],
      [joined("alice")],
      [unable("bob", "acme.swish", "rnn")],
      [
        deadline("waiting", 1),
        'release: fewer than 2 workers with data set "mnist" came within 3600 s; bob does not train acme.swish, rnn',
      ],
    ],
  ],
  [
    "counts the workers that are there, not those that came",
    both,
    [
      [started, "timer waiting 3600000"],
      [joined("alice")],
      [left("alice")],
      [joined("bob")],
      [joined("alice"), "no timer waiting", ...opened],
    ],
  ],
  [
    "is paused when the workers don't come",
    both,
    [
      [started, "timer waiting 3600000"],
      [joined("alice")],
      [deadline("waiting", 1), 'release: fewer than 2 workers with data set "mnist" came within 3600 s'],
    ],
  ],
  [
    "gives a worker that died and comes back the same work again, unless its update is in",
    both,
    [
      ...begun,
      [left("alice")],
      [joined("alice"), "train alice 1.1"],
      [accepted("alice", 1)],
      [left("alice")],
      [joined("alice")],
    ],
  ],
  [
    "gives no work to a worker that comes back with other data",
    both,
    [...begun, [left("alice")], [joined("alice", "train", "cifar-10")], [joined("alice", "evaluate")]],
  ],
  [
    "takes the update of a worker that has left meanwhile",
    both,
    [
      ...begun,
      [left("alice")],
      [accepted("alice", 1)],
      [accepted("bob", 1), "no timer training", "aggregate alice+bob"],
    ],
  ],
  [
    "closes a round at its deadline when the quorum is there, and calls the others off",
    either,
    [...begun, [accepted("bob", 1)], [deadline("training", 1), "no timer training", "abort alice", "aggregate bob"]],
  ],
  [
    "does not close a round at its quorum: who is fast does not decide whose update counts",
    either,
    [...begun, [accepted("bob", 1)], [accepted("alice", 1), "no timer training", "aggregate alice+bob"]],
  ],
  [
    "tries a round again without the quorum, and is paused after the last attempt",
    both,
    [
      ...begun,
      [accepted("bob", 1)],
      [deadline("training", 1), "no timer training", "abort alice", "close 1.1", ...reopened],
      [
        deadline("training", 1, 2),
        "no timer training",
        "abort alice",
        "abort bob",
        "close 1.2",
        "release: round 1: too few updates came before the deadline (0 of 2) in 2 attempts",
      ],
    ],
  ],
  [
    "waits for workers before it tries again, when there are too few by now",
    both,
    [
      ...begun,
      [left("alice")],
      [
        deadline("training", 1),
        ...["no timer training", "abort alice", "abort bob", "close 1.1", "timer waiting 3600000"],
      ],
      [joined("alice"), "no timer waiting", ...reopened],
    ],
  ],
  [
    "goes on without a worker whose update was refused, when the quorum is there",
    either,
    [...begun, [refused("alice", 1)], [accepted("bob", 1), "no timer training", "aggregate bob"]],
  ],
  [
    "tries again at once when too many are refused for the quorum",
    both,
    [
      ...begun,
      [refused("alice", 1)],
      [accepted("bob", 1), "no timer training", "close 1.1", ...reopened],
      [accepted("bob", 1, 2)],
      [
        refused("alice", 1, 2),
        "no timer training",
        "close 1.2",
        "release: round 1: too few updates passed admission (1 of 2) in 2 attempts",
      ],
    ],
  ],
  [
    "asks a refused worker for nothing more in this attempt, and again in the next round",
    either,
    [
      ...begun,
      [refused("alice", 1)],
      [joined("alice")],
      [accepted("alice", 1)],
      [accepted("bob", 1), "no timer training", "aggregate bob"],
      [committed(1), "close 1.1", "open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"],
    ],
  ],
  [
    "is paused when its coordinator can't go on",
    both,
    [
      ...begun,
      [
        { type: "JobBroken", reason: "store_failed: the disk is full" },
        ...["no timer training", "abort alice", "abort bob", "close 1.1"],
        "release: store_failed: the disk is full",
      ],
    ],
  ],
];

describe("a job", () => {
  it.each(stories)("%s", (_, spec, story) => {
    expect(asItWent(spec, story)).toEqual(story);
  });

  it("has the newest model", () => {
    const events = [joined("alice"), joined("bob"), started, accepted("alice", 1), accepted("bob", 1)];
    expect(play(both, events).state.model).toEqual(version(0));
    expect(play(both, [...events, committed(1)]).state.model).toEqual(version(1));
  });

  it("selects a part of the workers, another one each round and attempt, the same for the same seed", () => {
    const names = Array.from({ length: 20 }, (_, index) => `worker-${index}`);
    const cohorts = (seed: number, order: readonly string[]) =>
      play({ seed, cohort: { size: 5, minimum: 20 } }, [
        ...order.map((name) => joined(name)),
        started,
        deadline("training", 1),
      ])
        .effects.flat()
        .flatMap((effect) => (effect.type === "OpenRound" ? [effect.cohort] : []));
    const [first, second] = cohorts(1, names);
    expect(first).toHaveLength(5);
    expect(second).not.toEqual(first);
    expect(cohorts(1, [...names].reverse())).toEqual([first, second]);
    expect(cohorts(2, names)).not.toEqual([first, second]);
  });
});

describe("a rule that has memory for so many updates", () => {
  it.each([
    ["without a size", {}],
    ["with over-selection", { size: 2_000, overSelection: 1.3 }],
  ])("asks no more workers, %s", (_, cohort) => {
    const names = Array.from({ length: 2_100 }, (_, index) => `worker-${index}`);
    const { effects } = play({ strategy: { kind: "norm-bounding", of: { kind: "krum" } }, cohort }, [
      ...names.map((name) => joined(name)),
      started,
    ]);
    const opened = effects.flat().flatMap((effect) => (effect.type === "OpenRound" ? [effect.cohort] : []));
    expect(opened.map(({ length }) => length)).toEqual([2_048]);
  });
});

describe("nothing is changed by", () => {
  const events = [joined("alice"), joined("bob"), joined("dora"), started, accepted("bob", 1), refused("dora", 1)];
  it.each<[string, JobEvent]>([
    ["an update of an earlier round", accepted("alice", 0)],
    ["an update of another attempt", accepted("alice", 1, 2)],
    ["an update of a worker that was not selected", accepted("mallory", 1)],
    ["an update that came before", accepted("bob", 1)],
    ["an update of a worker that was refused", accepted("dora", 1)],
    ["a refusal of an update that was accepted", refused("bob", 1)],
    ["a refusal that came before", refused("dora", 1)],
    ["a refusal of another round", refused("alice", 2)],
    ["a timer of another phase", deadline("evaluating", 1)],
    ["a timer of another attempt", deadline("training", 1, 2)],
    ["a timer of another round", deadline("training", 2)],
    ["a model that nobody waits for", committed(1)],
    ["a score that nobody waits for", reported(1)],
    ["a second start", started],
    ["a worker that leaves and was not there", left("mallory")],
  ])("%s", (_, event) => {
    const { state } = play({ ...both, cohort: { minimum: 3 } }, events);
    const after = transition(state, event);
    expect(after.state).toBe(state);
    expect(after.effects).toEqual([]);
  });

  it("a model of another round than the one that is aggregated", () => {
    const { state } = play({ cohort: { minimum: 1 } }, [joined("alice"), started, accepted("alice", 1)]);
    expect(state.phase.kind).toBe("aggregating");
    expect(transition(state, committed(2))).toEqual({ state, effects: [] });
  });
});

describe("what a job waits for", () => {
  it("is the workers that are needed, those that can, and those that cannot", () => {
    const { state } = play(both, [
      started,
      joined("alice"),
      unable("bob", "acme.swish"),
      joined("stranger", "train", "cifar-10"),
      joined("eve", "evaluate"),
    ]);
    expect(shortageOf(state)).toEqual({ needed: 2, able: 1, unable: [{ worker: "bob", ops: ["acme.swish"] }] });
  });
});
