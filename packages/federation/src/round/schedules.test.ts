import { describe, expect, it } from "vitest";
import type { JobSpecInput } from "../job/job-spec.js";
import {
  accepted,
  asItWent,
  committed,
  joined,
  play,
  refused,
  restarted,
  type Step,
  started,
} from "../testing/scenario.js";
import { fromSnapshot, takeSnapshot } from "./snapshot.js";

const grows = { "cohort.size": { name: "piecewise" as const, steps: [{ from: 2, value: 2 }] } };
const job: Partial<JobSpecInput> = {
  ...{ rounds: 3, evaluation: { every: 0 }, schedules: grows },
  cohort: { size: 1, deadlineSeconds: 10, minimumFraction: 1, maxAttempts: 2 },
};

const toRoundTwo: Step[] = [
  [joined("alice")],
  [joined("bob")],
  [started, "open 1.1 bob", "timer training 10000", "train bob 1.1"],
  [accepted("bob", 1), "no timer training", "aggregate bob"],
  [committed(1), "close 1.1", "open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"],
];

const tells = (story: readonly Step[], input = job) => expect(asItWent(input, story)).toEqual(story);

describe("a job whose cohort grows", () => {
  it("asks for, and waits for, as many updates as each round wants", () =>
    tells([
      ...toRoundTwo,
      [accepted("alice", 2)],
      [accepted("bob", 2), "no timer training", "aggregate alice+bob"],
      [committed(2), "close 2.1", "open 3.1 alice+bob", "timer training 10000", "train alice 3.1", "train bob 3.1"],
    ]));

  it("needs as many updates as each round does", () =>
    tells([
      ...toRoundTwo,
      [accepted("alice", 2)],
      [
        refused("bob", 2),
        ...["no timer training", "close 2.1", "open 2.2 alice+bob", "timer training 10000"],
        ...["train alice 2.2", "train bob 2.2"],
      ],
    ]));

  it("goes on alike after a restart, also from a snapshot", () => {
    const events = [...toRoundTwo.map(([event]) => event), accepted("alice", 2), restarted];
    const { state } = play(job, events);
    const kept = fromSnapshot(JSON.parse(JSON.stringify(takeSnapshot({ state, cohort: [] }))));
    expect(kept.state).toEqual(state);
    tells([
      ...toRoundTwo,
      [accepted("alice", 2)],
      [restarted, "open 2.1 alice+bob", "timer training 10000"],
      [accepted("bob", 2), "no timer training", "aggregate alice+bob"],
    ]);
  });
});

describe("an asynchronous job", () => {
  it("has as many workers train as the version that is being made says", () =>
    tells(
      [
        [joined("ada")],
        [joined("bela")],
        [joined("carl")],
        [started, "open 1.1 ", "timer bela 5000", "train bela 1.1"],
        [accepted("bela", 1), "no timer bela", "aggregate bela"],
        [
          committed(1),
          ...["let go bela", "close 1.1", "open 2.1 "],
          ...["timer ada 5000", "train ada 2.1", "timer bela 5000", "train bela 2.1"],
        ],
      ],
      {
        ...{ rounds: 9, strategy: { kind: "fedasync" }, evaluation: { every: 0 } },
        ...{ cohort: { size: 1, deadlineSeconds: 5 }, schedules: grows },
      },
    ));
});
