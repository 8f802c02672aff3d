import { describe, expect, it } from "vitest";
import type { JobSpecInput } from "../job/job-spec.js";
import {
  accepted,
  asItWent,
  cancelled,
  committed,
  joined,
  late,
  left,
  overdue,
  paused,
  play,
  refused,
  reported,
  restarted,
  resumed,
  type Step,
  started,
} from "../testing/scenario.js";
import { heldUpdates, stalenessIn } from "./flow.js";

/** Two updates make a version. */
const job = (cohort: object = {}, settings: object = {}): Partial<JobSpecInput> => ({
  rounds: 9,
  strategy: { kind: "fedbuff", bufferSize: 2, ...settings },
  cohort: { deadlineSeconds: 5, ...cohort },
  evaluation: { every: 0 },
});

const beginning: readonly Step[] = [
  [joined("ada")],
  [joined("bela")],
  [joined("carl")],
  [
    started,
    ...["open 1.1 ", "timer ada 5000", "train ada 1.1"],
    ...["timer bela 5000", "train bela 1.1", "timer carl 5000", "train carl 1.1"],
  ],
];

/** The version that Ada and Bela make while Carl trains on. */
const firstVersion: readonly Step[] = [
  ...beginning,
  [accepted("ada", 1), "no timer ada"],
  [accepted("bela", 1), "no timer bela", "aggregate ada+bela"],
  [
    committed(1),
    ...["let go ada+bela", "close 1.1", "open 2.1 carl"],
    ...["timer ada 5000", "train ada 2.1", "timer bela 5000", "train bela 2.1"],
  ],
];

const tells = (story: readonly Step[], input = job()) => expect(asItWent(input, story)).toEqual(story);

describe("an asynchronous job", () => {
  it("makes a version of a full buffer, and gives those who are free the newest one while a slow one trains on", () =>
    tells([
      ...firstVersion,
      [accepted("bela", 2), "no timer bela"],
      // Carl began with version 0, and is given version 1 at once.
      [accepted("carl", 1), "no timer carl", "aggregate bela+carl"],
      [
        committed(2),
        ...["let go bela+carl", "close 2.1", "open 3.1 ada"],
        ...["timer bela 5000", "train bela 3.1", "timer carl 5000", "train carl 3.1"],
      ],
    ]));

  it("gives the newest version at once to a worker whose update is of an older one, and lets it count twice", () => {
    const story: Step[] = [
      ...firstVersion,
      [accepted("carl", 1), "no timer carl", "timer carl 5000", "train carl 2.1"],
      [accepted("carl", 2), "no timer carl", "aggregate carl+carl"],
    ];
    tells(story);
    const { state } = play(
      job(),
      story.map(([event]) => event),
    );
    expect(heldUpdates(state).map((update) => [update.began?.round, stalenessIn(2, update)])).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });

  it("keeps what comes while it aggregates for the next version", () =>
    tells([
      ...beginning,
      [accepted("ada", 1), "no timer ada"],
      [accepted("bela", 1), "no timer bela", "aggregate ada+bela"],
      [accepted("carl", 1), "no timer carl"],
      [
        committed(1),
        ...["let go ada+bela", "close 1.1", "open 2.1 carl"],
        ...[
          "timer ada 5000",
          "train ada 2.1",
          "timer bela 5000",
          "train bela 2.1",
          "timer carl 5000",
          "train carl 2.1",
        ],
      ],
      [accepted("ada", 2), "no timer ada", "aggregate ada+carl"],
    ]));

  it("goes on training while the newest version is scored", () =>
    tells(
      [
        [joined("eve", "evaluate")],
        ...beginning,
        [accepted("ada", 1), "no timer ada"],
        [accepted("bela", 1), "no timer bela", "aggregate ada+bela"],
        [
          committed(1),
          ...["timer evaluating 300000", "evaluate global by eve"],
          ...["timer ada 5000", "train ada 2.1", "timer bela 5000", "train bela 2.1"],
        ],
        [accepted("ada", 2), "no timer ada"],
        [accepted("bela", 2), "no timer bela"],
        [accepted("carl", 1), "no timer carl", "timer carl 5000", "train carl 2.1"],
        [
          reported(1),
          "let go ada+bela",
          "no timer evaluating",
          "close 1.1",
          "open 2.1 carl+ada+bela",
          "aggregate ada+bela",
        ],
      ],
      { ...job(), evaluation: {} },
    ));

  it("has no more than cohort.size train at a time, drawn anew whenever one is free", () => {
    const { words } = play(job({ size: 1 }), [joined("ada"), joined("bela"), started]);
    const [first] = words[2]?.filter((word) => word.startsWith("train")) ?? [];
    expect(words[2]).toHaveLength(3);
    const [one, other] = first === "train ada 1.1" ? ["ada", "bela"] : ["bela", "ada"];
    const then = play(job({ size: 1 }), [joined("ada"), joined("bela"), started, accepted(one ?? "", 1)]).words[3];
    expect(then).toEqual([`no timer ${one}`, `timer ${other} 5000`, `train ${other} 1.1`]);
  });

  it("gives an assignment up at its deadline, not when its worker leaves, and asks a worker that came back again", () =>
    tells([
      ...beginning,
      [left("carl")],
      [joined("carl"), "train carl 1.1"],
      [left("carl")],
      [overdue("carl", 1), "no timer carl", "abort carl"],
      [overdue("carl", 1)],
      [late("carl", 1)],
      [accepted("carl", 1)],
      [joined("carl")],
    ]));

  it("calls work off that is of too old a version, and gives its worker the newest one", () =>
    tells(
      [
        ...beginning,
        [accepted("ada", 1), "no timer ada"],
        [accepted("bela", 1), "no timer bela", "aggregate ada+bela"],
        [
          committed(1),
          ...["let go ada+bela", "no timer carl", "abort carl", "close 1.1", "open 2.1 carl"],
          ...["timer ada 5000", "train ada 2.1", "timer bela 5000", "train bela 2.1"],
          ...["timer carl 5000", "train carl 2.1"],
        ],
        [accepted("carl", 1)],
      ],
      job({}, { maximumStaleness: 0 }),
    ));

  it("hands the version out anew when nobody trains and the buffer is not full, a few times", () =>
    tells(
      [
        [joined("ada")],
        [joined("bela")],
        [started, "open 1.1 ", "timer ada 5000", "train ada 1.1", "timer bela 5000", "train bela 1.1"],
        [accepted("ada", 1), "no timer ada"],
        [
          refused("bela", 1),
          ...["no timer bela", "close 1.1", "open 1.2 ada"],
          ...["timer ada 5000", "train ada 1.2", "timer bela 5000", "train bela 1.2"],
        ],
        [refused("ada", 1, 2), "no timer ada"],
        [
          refused("bela", 1, 2),
          ...["no timer bela", "close 1.2"],
          "release: round 1: too few updates came (1 of 2) in 2 attempts",
        ],
      ],
      job({ maxAttempts: 2 }),
    ));

  it("goes on with what was handed out after a restart", () =>
    tells([
      ...beginning,
      [accepted("ada", 1), "no timer ada"],
      [restarted, "open 1.1 ", "timer bela 5000", "timer carl 5000"],
      [joined("ada")],
      [joined("bela"), "train bela 1.1"],
      [accepted("bela", 1), "no timer bela", "aggregate ada+bela"],
      [restarted, "aggregate ada+bela", "timer carl 5000"],
    ]));

  it("calls everything off for a pause, keeps what it accepted, and begins with the newest version again", () =>
    tells([
      ...beginning,
      [accepted("ada", 1), "no timer ada"],
      [paused, ...["no timer bela", "abort bela", "no timer carl", "abort carl", "close 1.1", "release: asked"]],
      [resumed],
      [restarted, "timer waiting 3600000"],
      [joined("bela")],
      [
        joined("ada"),
        ...["no timer waiting", "open 1.2 ada", "timer ada 5000", "train ada 1.2", "timer bela 5000", "train bela 1.2"],
      ],
      [accepted("bela", 1, 2), "no timer bela", "aggregate ada+bela"],
    ]));

  it("takes it back that updates counted, when they are let go with what broke", () => {
    const keeping = { ...job({}), codec: { update: "delta | topk(0.01)" } };
    const { state } = play(keeping, [
      ...firstVersion.map(([event]) => event),
      accepted("ada", 2),
      accepted("bela", 2),
      accepted("carl", 1),
      { type: "JobBroken", reason: "the disk is gone" },
    ]);
    expect(heldUpdates(state)).toEqual([]);
    // Of Carl nothing counted before.
    expect(state.counted).toEqual({ ada: { round: 1, attempt: 1 }, bela: { round: 1, attempt: 1 } });
  });

  it("takes it back by one update of each worker: what belongs to older ones is no longer kept", () => {
    const keeping = { ...job({}, { bufferSize: 3 }), codec: { update: "delta | topk(0.01)" } };
    const broken = [
      ...[joined("ada"), joined("bela"), joined("carl"), started],
      ...[accepted("ada", 1), overdue("bela", 1), overdue("carl", 1)],
      // Handed out anew.
      ...[accepted("ada", 1, 2), { type: "JobBroken", reason: "the disk is gone" } as const],
    ];
    expect(play(keeping, broken).state.counted).toEqual({ ada: { round: 1, attempt: 1 } });
  });

  it("calls everything off at its end, and lets go of what it accepted", () =>
    tells([
      ...beginning,
      [accepted("ada", 1), "no timer ada"],
      [
        cancelled,
        ...[
          "let go ada",
          "no timer bela",
          "abort bela",
          "no timer carl",
          "abort carl",
          "close 1.1",
          "finish cancelled",
        ],
      ],
    ]));

  it("with FedAsync makes a version of every update", () =>
    tells(
      [
        [joined("ada")],
        [started, "open 1.1 ", "timer ada 300000", "train ada 1.1"],
        [joined("bela"), "timer bela 300000", "train bela 1.1"],
        [accepted("ada", 1), "no timer ada", "aggregate ada"],
        [committed(1), "let go ada", "close 1.1", "open 2.1 bela", "timer ada 300000", "train ada 2.1"],
        [accepted("bela", 1), "no timer bela", "aggregate bela"],
        [committed(2), ...["let go bela", "no timer ada", "abort ada", "close 2.1", "finish completed: rounds"]],
      ],
      { rounds: 2, strategy: { kind: "fedasync" }, evaluation: { every: 0 } },
    ));

  it("takes back who was left out when nobody else is there to train", () =>
    tells(
      [
        [joined("ada")],
        [started, "open 1.1 ", "timer ada 300000", "train ada 1.1"],
        [
          refused("ada", 1),
          ...["no timer ada", "leave out ada through 4", "close 1.1"],
          ...["readmit ada", "open 1.2 ", "timer ada 300000", "train ada 1.2"],
        ],
      ],
      {
        ...{ strategy: { kind: "fedasync" }, evaluation: { every: 0 } },
        cohort: { exclusion: { refusals: 1, rounds: 3 } },
      },
    ));

  it("is owed updates of as many samples as its workers train on", () => {
    const evaluation = { workers: { validationFraction: 0.2 } };
    const { flow } = play({ ...job(), evaluation }, [...beginning.map(([event]) => event)]).state;
    expect(flow?.outstanding.map(({ samples }) => samples)).toEqual([80, 80, 80]);
  });
});
