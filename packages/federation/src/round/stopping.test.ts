import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import {
  accepted,
  committed,
  joined,
  paused,
  play,
  reported,
  restarted,
  resumed,
  started,
} from "../testing/scenario.js";
import type { JobEvent } from "./events.js";
import { transition } from "./machine.js";
import { fromSnapshot, takeSnapshot } from "./snapshot.js";
import { initialState } from "./state.js";
import { stamped } from "./stopping.js";

const lead = [joined("alice"), joined("eve", "evaluate"), started];
const scored = (round: number, accuracy: number, loss = 1): JobEvent[] => {
  const report = reported(round, "", accuracy);
  if (report.type === "EvaluationReported") return [accepted("alice", round), committed(round), withLoss(report, loss)];
  throw new Error("no report");
};
const withLoss = (event: Extract<JobEvent, { type: "EvaluationReported" }>, loss: number): JobEvent => ({
  ...event,
  report: { ...event.report, loss },
});
const endOf = (words: string[][]) => words.at(-1)?.at(-1);
/** What a job comes to whose rounds have these scores. */
const ends = (stop: object, scores: readonly (readonly [accuracy: number, loss?: number])[], rounds = 100) =>
  endOf(play({ rounds, stop }, [...lead, ...scores.flatMap((score, index) => scored(index + 1, ...score))]).words);

describe("a job ends", () => {
  it("when the loss is low enough", () => {
    expect(
      ends({ loss: 0.2 }, [
        [0.5, 0.3],
        [0.5, 0.21],
      ]),
    ).toBe("train alice 3.1");
    expect(
      ends({ loss: 0.2 }, [
        [0.5, 0.3],
        [0.5, 0.2],
      ]),
    ).toBe("finish completed: loss");
  });

  it("when the accuracy has not improved for some rounds", () => {
    const stop = { patience: { rounds: 2 } };
    expect(ends(stop, [[0.5], [0.5]])).toBe("train alice 3.1");
    expect(ends(stop, [[0.5], [0.4], [0.5]])).toBe("finish completed: patience");
    expect(ends(stop, [[0.5], [0.4], [0.6], [0.6]])).toBe("train alice 5.1");
    expect(ends(stop, [[0.5], [0.4], [0.6], [0.6], [0.5]])).toBe("finish completed: patience");
  });

  it("when the loss has not fallen by more than the least difference", () => {
    const stop = { patience: { metric: "loss", rounds: 2, minimumDelta: 0.25 } };
    expect(
      ends(stop, [
        [0.5, 2],
        [0.5, 1.75],
        [0.5, 1.5],
      ]),
    ).toBe("train alice 4.1");
    expect(
      ends(stop, [
        [0.5, 2],
        [0.5, 1.875],
        [0.5, 1.75],
      ]),
    ).toBe("finish completed: patience");
  });

  it("with its last round, whatever else is reached then", () => {
    expect(ends({ patience: { rounds: 1 }, budgetBytes: 1 }, [[0.5]], 1)).toBe("finish completed: rounds");
  });

  it("when its bytes are spent: models down, updates up, as sent", () => {
    // A model and an update are 100 bytes each; so is what the evaluator takes.
    expect(ends({ budgetBytes: 600 }, [[0.5]])).toBe("train alice 2.1");
    expect(ends({ budgetBytes: 600 }, [[0.5], [0.5]])).toBe("finish completed: budgetBytes");
    expect(ends({ budgetBytes: 601 }, [[0.5], [0.5]])).toBe("train alice 3.1");
  });
});

describe("a job that ends by the clock", () => {
  const job = checkJobSpec({
    ...{ model: "lenet5", dataset: "mnist", rounds: 100, evaluation: { every: 0 }, stop: { wallClockSeconds: 10 } },
  });
  const round = (number: number, at: number): [JobEvent, number][] => [
    [accepted("alice", number), at],
    [committed(number), at],
  ];
  const lastOf = (events: readonly (readonly [JobEvent, number])[], cut = -1) => {
    let state = initialState(job);
    events.forEach(([event, seconds], index) => {
      state = transition(state, stamped(event, 1_000 * seconds, job)).state;
      if (index === cut) state = fromSnapshot(JSON.parse(JSON.stringify(takeSnapshot({ state, cohort: [] })))).state;
    });
    return state.phase.kind === "ended" ? state.phase.outcome : state.phase.kind;
  };
  const over = { kind: "completed", reason: "wallClock" };
  const begin: [JobEvent, number][] = [
    [joined("alice"), 90],
    [started, 100],
  ];

  it("counts from its start, over a restart, too", () => {
    const story: [JobEvent, number][] = [...begin, ...round(1, 104), [restarted, 107], [joined("alice"), 108]];
    expect(lastOf([...story, ...round(2, 109.9)])).toBe("training");
    for (let cut = 0; cut < story.length; cut++) expect(lastOf([...story, ...round(2, 110)], cut)).toEqual(over);
  });

  it("does not count the time while it is paused, or waits for its turn", () => {
    const story: [JobEvent, number][] = [
      ...begin,
      ...round(1, 104),
      [paused, 106],
      [resumed, 500],
      [restarted, 600],
      [joined("alice"), 600],
    ];
    expect(lastOf([...story, ...round(2, 603)])).toBe("training");
    for (let cut = 0; cut < story.length; cut++) expect(lastOf([...story, ...round(2, 604)], cut)).toEqual(over);
  });

  it("is not confused by a clock that is set back", () => {
    expect(lastOf([...begin, ...round(1, 50), ...round(2, 59)])).toBe("training");
    expect(lastOf([...begin, ...round(1, 50), ...round(2, 60)])).toEqual(over);
  });

  it("has an event that changes nothing change nothing", () => {
    const state = [...begin].reduce(
      (last, [event, at]) => transition(last, stamped(event, at, job)).state,
      initialState(job),
    );
    const late = stamped(committed(7), 1_000, job);
    expect(transition(state, late).state).toBe(state);
  });
});

it("no other job has times in its events", () => {
  const other = checkJobSpec({ model: "lenet5", dataset: "mnist" });
  expect(stamped(started, 1, other)).toBe(started);
});
