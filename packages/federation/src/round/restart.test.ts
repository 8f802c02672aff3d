import { describe, expect, it } from "vitest";
import {
  accepted,
  asItWent,
  cancelled,
  committed,
  deadline,
  joined,
  play,
  restarted,
  type Step,
  started,
} from "../testing/scenario.js";
import type { JobEvent } from "./events.js";
import { transition } from "./machine.js";

describe("cancelling and restarting", () => {
  const evaluated = { cohort: { deadlineSeconds: 10 }, evaluation: { every: 1, deadlineSeconds: 5 } };
  const alice = [joined("alice"), started];
  const phases: [phase: string, events: JobEvent[], cancelled: string[], restarted: string[]][] = [
    ["created", [joined("alice")], ["finish cancelled"], []],
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

  it.each(phases)("a job that is %s is cancelled, for good", (phase, events, expected) => {
    expect(play(evaluated, events).state.phase.kind).toBe(phase);
    const { words, state } = play(evaluated, [...events, cancelled]);
    expect(words.at(-1)).toEqual(expected);
    for (const event of [started, joined("bob"), restarted, cancelled, accepted("alice", 1), deadline("training", 1)])
      expect(transition(state, event)).toEqual({ state, effects: [] });
  });

  it.each(phases)("a job that was %s when the coordinator stopped wishes for what was lost", (...phase) => {
    const [kind, events, , expected] = phase;
    const { words, state } = play(evaluated, [...events, restarted]);
    expect(words.at(-1)).toEqual(expected);
    expect(state.phase.kind).toBe(kind);
    expect(state.workers.size).toBe(0);
  });

  it("workers that come back after a restart get the work that they have not done", () => {
    const story: Step[] = [
      [joined("bob")],
      [joined("alice")],
      [started, "open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
      [accepted("bob", 1)],
      [restarted, "open 1.1 alice+bob", "timer training 10000"],
      [joined("bob")],
      [joined("alice"), "train alice 1.1"],
      [accepted("alice", 1), "no timer training", "aggregate alice+bob"],
    ];
    expect(asItWent({ cohort: { quorum: 2, deadlineSeconds: 10 } }, story)).toEqual(story);
  });
});
