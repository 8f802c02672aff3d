import { describe, expect, it } from "vitest";
import type { JobSpecInput } from "../job/job-spec.js";
import {
  accepted,
  asItWent,
  cancelled,
  committed,
  deadline,
  joined,
  late,
  paused,
  play,
  refused,
  restarted,
  resumed,
  type Step,
  settings,
  started,
  version,
} from "../testing/scenario.js";

const quiet = { evaluation: { every: 0 } };
const one = { ...quiet, cohort: { deadlineSeconds: 10, maxAttempts: 1 } };
const opened = ["open 1.1 alice", "timer training 10000", "train alice 1.1"];
const alone: Step[] = [[joined("alice")], [started, ...opened]];
const tooLate = "release: round 1: too few updates came before the deadline (0 of 1) in 1 attempts";

const stories: [string, Partial<JobSpecInput>, Step[]][] = [
  [
    "is paused at once while it trains, keeps the updates that it has, and goes on with the same attempt",
    { ...quiet, cohort: { deadlineSeconds: 10, minimum: 2 } },
    [
      [joined("alice")],
      [joined("bob")],
      [started, "open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
      [accepted("alice", 1)],
      [paused, "no timer training", "abort bob", "release: asked"],
      [resumed],
      [restarted, "open 1.1 alice+bob", "timer training 10000"],
      [joined("alice")],
      [joined("bob"), "train bob 1.1"],
      [accepted("bob", 1), "no timer training", "aggregate alice+bob"],
    ],
  ],
  [
    "finishes an aggregation before it is paused",
    one,
    [
      ...alone,
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [paused],
      [
        committed(1),
        ...["close 1.1", "open 2.1 alice", "timer training 10000", "train alice 2.1"],
        ...["no timer training", "abort alice", "release: asked"],
      ],
    ],
  ],
  [
    "is not paused when somebody thinks better of it in time",
    one,
    [
      ...alone,
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [paused],
      [resumed],
      [committed(1), "close 1.1", "open 2.1 alice", "timer training 10000", "train alice 2.1"],
    ],
  ],
  [
    "calls evaluators off, and asks again when it goes on",
    { cohort: { deadlineSeconds: 10 }, evaluation: { deadlineSeconds: 5 } },
    [
      [joined("eve", "evaluate")],
      ...alone,
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [committed(1), "timer evaluating 5000", "evaluate global by eve"],
      [paused, "no timer evaluating", "abort eve", "release: asked"],
      [resumed],
      [restarted, "timer evaluating 5000"],
      [joined("eve", "evaluate"), "evaluate global by eve"],
    ],
  ],
  [
    "goes on with a new attempt after it stopped for want of updates, and counts the attempts anew",
    { ...quiet, cohort: { deadlineSeconds: 10, maxAttempts: 2 } },
    [
      ...alone,
      [
        deadline("training", 1),
        ...["no timer training", "abort alice", "close 1.1"],
        ...["open 1.2 alice", "timer training 10000", "train alice 1.2"],
      ],
      [
        deadline("training", 1, 2),
        ...["no timer training", "abort alice", "close 1.2"],
        tooLate.replace("1 attempts", "2 attempts"),
      ],
      [resumed],
      [restarted, "timer waiting 3600000"],
      [joined("alice"), "no timer waiting", "open 1.3 alice", "timer training 10000", "train alice 1.3"],
      [
        deadline("training", 1, 3),
        ...["no timer training", "abort alice", "close 1.3"],
        ...["open 1.4 alice", "timer training 10000", "train alice 1.4"],
      ],
    ],
  ],
  [
    "goes on by itself as often as it may, then is paused",
    { ...one, maxRetries: 1, retryAfterSeconds: 7 },
    [
      ...alone,
      [deadline("training", 1), "no timer training", "abort alice", "close 1.1", "timer retrying 7000"],
      [deadline("retrying", 1, 2), "open 1.2 alice", "timer training 10000", "train alice 1.2"],
      [deadline("training", 1, 2), "no timer training", "abort alice", "close 1.2", tooLate],
    ],
  ],
  [
    "counts the retries of each round from nothing",
    { ...one, maxRetries: 1, retryAfterSeconds: 7 },
    [
      ...alone,
      [deadline("training", 1), "no timer training", "abort alice", "close 1.1", "timer retrying 7000"],
      [deadline("retrying", 1, 2), "open 1.2 alice", "timer training 10000", "train alice 1.2"],
      [accepted("alice", 1, 2), "no timer training", "aggregate alice"],
      [committed(1), "close 1.2", "open 2.1 alice", "timer training 10000", "train alice 2.1"],
      [deadline("training", 2), "no timer training", "abort alice", "close 2.1", "timer retrying 7000"],
    ],
  ],
  [
    "that is paused can be cancelled, and lets go of what it held",
    one,
    [
      ...alone,
      [paused, "no timer training", "abort alice", "release: asked"],
      [cancelled, "close 1.1", "finish cancelled"],
    ],
  ],
  [
    "asks more workers than it needs, and closes when it has enough",
    { ...quiet, cohort: { size: 3, overSelection: 1.3, minimum: 4, deadlineSeconds: 10 } },
    [
      [joined("alice")],
      [joined("bob")],
      [joined("carl")],
      [started, "timer waiting 3600000"],
      [
        joined("dora"),
        ...["no timer waiting", "open 1.1 alice+bob+carl+dora", "timer training 10000"],
        ...["train alice 1.1", "train bob 1.1", "train carl 1.1", "train dora 1.1"],
      ],
      [accepted("dora", 1)],
      [refused("bob", 1)],
      [accepted("alice", 1)],
      [accepted("carl", 1), "no timer training", "aggregate alice+carl+dora"],
    ],
  ],
  [
    "needs the fraction of a full round that its settings say",
    { ...quiet, cohort: { minimumFraction: 0.6, minimum: 3, deadlineSeconds: 10, maxAttempts: 1 } },
    [
      [joined("alice")],
      [joined("bob")],
      [joined("carl")],
      [
        started,
        ...["open 1.1 alice+bob+carl", "timer training 10000", "train alice 1.1", "train bob 1.1", "train carl 1.1"],
      ],
      [accepted("bob", 1)],
      [
        deadline("training", 1),
        ...["no timer training", "abort alice", "abort carl", "close 1.1"],
        tooLate.replace("0 of 1", "1 of 2"),
      ],
    ],
  ],
  [
    "takes another deadline while it waits, and begins when fewer workers are enough",
    { ...quiet, cohort: { minimum: 2, deadlineSeconds: 10 } },
    [
      [started, "timer waiting 3600000"],
      [joined("alice")],
      [settings({ cohort: { waitSeconds: 5 } }), "timer waiting 5000"],
      [settings({ cohort: { minimum: 1 } }), "timer waiting 5000", "no timer waiting", ...opened],
      [settings({ cohort: { deadlineSeconds: 3 }, rounds: 1 }), "timer training 3000"],
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [committed(1), "close 1.1", "finish completed: rounds"],
    ],
  ],
  [
    "that begins with another job's version counts its rounds on",
    one,
    [
      [joined("alice")],
      [{ type: "JobStarted", model: version(1) }, ...["open 2.1 alice", "timer training 10000", "train alice 2.1"]],
      [accepted("alice", 2), "no timer training", "aggregate alice"],
      [committed(2), "close 2.1", "finish completed: rounds"],
    ],
  ],
];

describe("a job", () => {
  it.each(stories)("%s", (_, spec, story) => {
    expect(asItWent(spec, story)).toEqual(story);
  });

  it("counts each update that comes too late once", () => {
    const input = { ...quiet, cohort: { minimum: 2, deadlineSeconds: 10 } };
    const events = [joined("alice"), joined("bob"), started, accepted("alice", 1), deadline("training", 1)];
    const { state } = play(input, events);
    expect(state.closed).toEqual({ round: 1, attempt: 1, unheard: ["bob"] });
    expect(play(input, [...events, late("bob", 1)]).state.closed?.unheard).toEqual([]);
    const again = play(input, [...events, late("bob", 1), late("bob", 1), late("alice", 1), late("bob", 1, 2)]);
    expect(again.state).toEqual(play(input, [...events, late("bob", 1)]).state);
  });

  it("does not take settings that do not go together", () => {
    const { state } = play({ ...quiet, cohort: { size: 2 } }, [started]);
    expect(() => play({ ...quiet, cohort: { size: 2 } }, [started, settings({ cohort: { quorum: 3 } })])).toThrowError(
      expect.objectContaining({ code: "invalid_job_spec" }),
    );
    expect(state.spec.cohort.quorum).toBeUndefined();
  });
});
