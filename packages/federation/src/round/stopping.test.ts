import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import {
  accepted,
  asItWent,
  committed,
  deadline,
  joined,
  paused,
  play,
  reported,
  restarted,
  resumed,
  type Step,
  settings,
  started,
  version,
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

  it("when its bytes are spent, what goes along with a model too, from the first version that has it", () => {
    const along = (round: number): JobEvent => ({ type: "Committed", model: { ...version(round), vectorBytes: 40 } });
    const ended = (budgetBytes: number) =>
      endOf(
        play({ rounds: 9, stop: { budgetBytes }, evaluation: { every: 0 } }, [
          ...[joined("alice"), started],
          ...[accepted("alice", 1), along(1), accepted("alice", 2), along(2)],
        ]).words,
      );
    expect(ended(440)).toBe("finish completed: budgetBytes");
    expect(ended(441)).toBe("train alice 3.1");
  });
});

describe("what ends a job, changed while it runs,", () => {
  /** What a job comes to that is changed after so many rounds. */
  const changedAfter = (
    rounds: number,
    stop: object,
    changes: Parameters<typeof settings>[0]["stop"],
    scores: readonly (readonly [accuracy: number, loss?: number])[],
  ) => {
    const story = scores.map((score, index) => scored(index + 1, ...score));
    const events = [...story.slice(0, rounds), [settings({ stop: changes })], ...story.slice(rounds)];
    return endOf(play({ rounds: 100, stop }, [...lead, ...events.flat()]).words);
  };

  it("is looked at after the next round", () => {
    expect(changedAfter(1, {}, { accuracy: 0.5 }, [[0.6], [0.4]])).toBe("train alice 3.1");
    expect(changedAfter(1, {}, { accuracy: 0.5 }, [[0.6], [0.5]])).toBe("finish completed: accuracy");
    expect(changedAfter(1, {}, { loss: 0.5 }, [[0.6], [0.5, 0.5]])).toBe("finish completed: loss");
    // The bytes of all rounds count, those before the change, too.
    expect(changedAfter(1, {}, { budgetBytes: 600 }, [[0.6], [0.5]])).toBe("finish completed: budgetBytes");
  });

  it("ends nothing any more when it is taken away", () => {
    const never = [[0.5], [0.5], [0.5], [0.5]] as const;
    const stop = { accuracy: 0.9, loss: 0.1, patience: { rounds: 2 }, budgetBytes: 601 };
    expect(changedAfter(1, stop, {}, never.slice(0, 3))).toBe("finish completed: patience");
    const changes = { accuracy: null, loss: null, patience: null, budgetBytes: null };
    expect(changedAfter(1, stop, changes, [...never, [0.99, 0.01]])).toBe("train alice 6.1");
  });

  it("keeps the best score when the patience is another one, and begins anew with another score", () => {
    const better = { patience: { metric: "accuracy" as const, rounds: 3, minimumDelta: 0 } };
    const loss = { patience: { metric: "loss" as const, rounds: 2, minimumDelta: 0 } };
    const same = [[0.9], [0.5], [0.5], [0.5]] as const;
    expect(changedAfter(1, { patience: { rounds: 2 } }, better, same.slice(0, 3))).toBe("train alice 4.1");
    expect(changedAfter(1, { patience: { rounds: 2 } }, better, same)).toBe("finish completed: patience");
    // The best loss is that of round 2: an accuracy of 0.9 is none.
    expect(changedAfter(1, { patience: { rounds: 2 } }, loss, same.slice(0, 3))).toBe("train alice 4.1");
    expect(changedAfter(1, { patience: { rounds: 2 } }, loss, same)).toBe("finish completed: patience");
  });

  it("knows no best score of a time without patience", () => {
    const patience = { metric: "accuracy" as const, rounds: 1, minimumDelta: 0 };
    const events = [
      ...[...lead, ...scored(1, 0.9), settings({ stop: { patience: null } })],
      ...[...scored(2, 0.1), settings({ stop: { patience } })],
    ];
    const { words } = play({ rounds: 100, stop: { patience } }, [...events, ...scored(3, 0.1)]);
    expect(endOf(words)).toBe("train alice 4.1");
    expect(
      endOf(play({ rounds: 100, stop: { patience } }, [...events, ...scored(3, 0.1), ...scored(4, 0.1)]).words),
    ).toBe("finish completed: patience");
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
  const lastOf = (events: readonly (readonly [JobEvent, number])[], cut = -1, spec = job) => {
    let state = initialState(spec);
    events.forEach(([event, seconds], index) => {
      state = transition(state, stamped(event, 1_000 * seconds, state.spec)).state;
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

  describe("that is set while it runs", () => {
    const clockless = checkJobSpec({ ...job, stop: {} });
    const set = settings({ stop: { wallClockSeconds: 10 } });
    const story: [JobEvent, number][] = [...begin, ...round(1, 500), [set, 600], ...round(2, 605)];

    it("counts from then, over a restart, too", () => {
      expect(lastOf([...story, ...round(3, 609.9)], -1, clockless)).toBe("training");
      for (let cut = 0; cut < story.length; cut++)
        expect(lastOf([...story, ...round(3, 610)], cut, clockless)).toEqual(over);
    });

    it("counts from when the job goes on, when it was paused", () => {
      const waits: [JobEvent, number][] = [
        ...[...begin, ...round(1, 500)],
        ...(
          [
            [paused, 550],
            [set, 600],
            [resumed, 700],
            [restarted, 800],
            [joined("alice"), 800],
          ] as const
        ).map(([event, at]): [JobEvent, number] => [event, at]),
      ];
      expect(lastOf([...waits, ...round(2, 809)], -1, clockless)).toBe("training");
      expect(lastOf([...waits, ...round(2, 810)], -1, clockless)).toEqual(over);
    });

    it("goes on when only its length is another one", () => {
      const shorter = settings({ stop: { wallClockSeconds: 5 } });
      expect(lastOf([...begin, ...round(1, 103), [shorter, 104], ...round(2, 104.9)])).toBe("training");
      expect(lastOf([...begin, ...round(1, 103), [shorter, 104], ...round(2, 105)])).toEqual(over);
    });

    it("begins anew when it was taken away meanwhile", () => {
      const away = settings({ stop: { wallClockSeconds: null } });
      const again: [JobEvent, number][] = [...begin, [away, 109], ...round(1, 200), [set, 300]];
      expect(lastOf([...again, ...round(2, 309)])).toBe("training");
      expect(lastOf([...again, ...round(2, 310)])).toEqual(over);
    });
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

describe("the clock of a job strikes while workers are waited for", () => {
  const cohort = { deadlineSeconds: 300, waitSeconds: 300 };
  const spec = { rounds: 100, cohort, evaluation: { every: 0 }, stop: { wallClockSeconds: 10 } };
  const at = (event: JobEvent, seconds: number): JobEvent => ({ ...event, at: seconds * 1_000 });
  const opened = (round: number) => [`open ${round}.1 alice`, "timer training 300000", `train alice ${round}.1`];
  const given = ["no timer training", "abort alice"];
  const over = ["no timer clock", ...given, "close 2.1", "finish completed: wallClock"];
  const lead: Step[] = [
    [joined("alice")],
    [at(started, 100), ...opened(1), "timer clock 10000"],
    [at(accepted("alice", 1), 103), "no timer clock", "no timer training", "aggregate alice"],
    [at(committed(1), 104), "close 1.1", ...opened(2), "timer clock 6000"],
  ];
  const stories: [string, object, Step[]][] = [
    ["and the job ends in the middle of a round", spec, [...lead, [at(deadline("clock", 2), 110), ...over]]],
    [
      "and what is aggregated comes to its end",
      spec,
      [
        ...lead,
        [at(accepted("alice", 2), 109), "no timer clock", "no timer training", "aggregate alice"],
        [at(deadline("clock", 2), 110)],
        [at(committed(2), 111), "close 2.1", "finish completed: wallClock"],
      ],
    ],
    [
      "and nobody comes",
      spec,
      [
        [at(started, 100), "timer waiting 300000", "timer clock 10000"],
        [at(deadline("clock", 1), 110), "no timer clock", "no timer waiting", "finish completed: wallClock"],
      ],
    ],
    [
      "for the time that is left after a restart",
      spec,
      [
        ...lead,
        [at(restarted, 107), "open 2.1 alice", "timer training 300000", "timer clock 3000"],
        [at(deadline("clock", 2), 110), ...over],
      ],
    ],
    [
      "for the time that is left after a pause",
      spec,
      [
        ...lead,
        [at(paused, 106), "no timer clock", ...given, "release: asked"],
        [at(resumed, 500)],
        [at(restarted, 600), "open 2.1 alice", "timer training 300000", "timer clock 4000"],
      ],
    ],
    [
      "when it is changed, set or taken away",
      spec,
      [
        ...lead,
        [
          at(settings({ stop: { wallClockSeconds: 7 } }), 105),
          "no timer clock",
          ...["timer training 300000", "timer clock 2000"],
        ],
        [at(settings({ stop: { wallClockSeconds: null } }), 106), "no timer clock", "timer training 300000"],
        [at(deadline("clock", 2), 107)],
        [at(settings({ stop: { wallClockSeconds: 5 } }), 200), "timer training 300000", "timer clock 5000"],
      ],
    ],
    [
      "again when the machine's clock was set back",
      spec,
      [...lead, [at(deadline("clock", 2), 50), "timer clock 6000"], [at(deadline("clock", 2), 56), ...over]],
    ],
    [
      "and workers of an asynchronous job are called off",
      { ...spec, strategy: { kind: "fedasync" } },
      [
        [joined("alice")],
        [at(started, 100), "open 1.1 ", "timer alice 300000", "train alice 1.1", "timer clock 10000"],
        [
          at(deadline("clock", 1), 110),
          ...["no timer clock", "no timer alice", "abort alice", "close 1.1", "finish completed: wallClock"],
        ],
      ],
    ],
    [
      "and not of one that personalises, which ends after a round",
      { ...spec, evaluation: { every: 0, workers: {} }, personalisation: {} },
      [[joined("alice")], [at(started, 100), ...opened(1)]],
    ],
  ];

  it.each(stories)("%s", (_, input, story) => {
    expect(asItWent(input, story)).toEqual(story);
  });
});

it("no other job has times in its events", () => {
  const other = checkJobSpec({ model: "lenet5", dataset: "mnist" });
  expect(stamped(started, 1, other)).toBe(started);
  const away = settings({ stop: { wallClockSeconds: null } });
  expect(stamped(away, 1, other)).toBe(away);
});
