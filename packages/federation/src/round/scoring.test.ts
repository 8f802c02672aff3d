import { describe, expect, it } from "vitest";
import { checkJobSpec } from "../job/parse-job-spec.js";
import {
  accepted,
  asItWent,
  cancelled,
  committed,
  deadline,
  joined,
  left,
  notValidated,
  paused,
  play,
  refused,
  reported,
  restarted,
  resumed,
  type Step,
  settings,
  started,
  validated,
} from "../testing/scenario.js";
import type { JobEvent } from "./events.js";

const spec = { cohort: { deadlineSeconds: 10 }, evaluation: { deadlineSeconds: 5, workers: {} } };
const personal = { ...spec, rounds: 1, personalisation: { deadlineSeconds: 7 } };

const timer = "timer evaluating 5000";
const closed = ["no timer evaluating", "close 1.1"];
const second = ["open 2.1 alice+bob", "timer training 10000", "train alice 2.1", "train bob 2.1"];
const both: Step[] = [
  [joined("alice")],
  [joined("bob")],
  [started, "open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
  [accepted("bob", 1)],
  [accepted("alice", 1), "no timer training", "aggregate alice+bob"],
];
const asked = [timer, "validate by alice", "validate by bob"];
const personalise = ["no timer evaluating", "timer personalising 7000", "personalise at alice", "personalise at bob"];
const last: Step[] = [
  ...both,
  [committed(1), ...asked],
  [validated("alice", 1)],
  [validated("bob", 1), ...personalise],
];
const over = ["no timer personalising", "close 1.1", "finish completed: rounds"];

const stories: [string, Parameters<typeof asItWent>[0], Step[]][] = [
  [
    "is asked of all workers that train, without waiting for an evaluator, and settled by their answers",
    spec,
    [
      ...both,
      [committed(1), ...asked],
      [validated("bob", 1)],
      [validated("bob", 1)],
      [validated("alice", 2)],
      [validated("alice", 1, 0.5, 0.6)],
      [notValidated("carol", 1)],
      [notValidated("alice", 1, "personalising")],
      [notValidated("alice", 1), ...closed, ...second],
    ],
  ],
  [
    "goes beside that of an evaluator that is there",
    spec,
    [
      [joined("eve", "evaluate")],
      ...both,
      [committed(1), ...asked, "evaluate global by eve"],
      [validated("alice", 1)],
      [validated("bob", 1)],
      [reported(1), ...closed, ...second],
    ],
  ],
  [
    "also asks those that were not selected, and not those that come later",
    { ...spec, cohort: { ...spec.cohort, size: 1 } },
    [
      [joined("alice")],
      [started, "open 1.1 alice", "timer training 10000", "train alice 1.1"],
      [joined("bob")],
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [committed(1), ...asked],
      [joined("carol")],
    ],
  ],
  [
    "waits for one that left until the deadline, and asks it again when it is back",
    spec,
    [
      ...both,
      [committed(1), ...asked],
      [left("alice")],
      [validated("bob", 1)],
      [joined("alice"), "validate by alice"],
      [left("alice")],
      [deadline("evaluating", 1), ...closed, "open 2.1 bob", "timer training 10000", "train bob 2.1"],
    ],
  ],
  [
    "asks those that were there when the round opened, when the coordinator was restarted meanwhile",
    { ...spec, cohort: { ...spec.cohort, size: 1 } },
    [
      [joined("alice")],
      [joined("bob")],
      [joined("eve", "evaluate")],
      [started, "open 1.1 bob", "timer training 10000", "train bob 1.1"],
      [accepted("bob", 1), "no timer training", "aggregate bob"],
      [restarted, "aggregate bob"],
      [joined("bob")],
      [committed(1), timer, "validate by bob"],
      [joined("alice"), "validate by alice"],
      [restarted, timer],
      [joined("alice"), "validate by alice"],
      [joined("eve", "evaluate"), "evaluate global by eve"],
    ],
  ],
  [
    "asks those that are not back when the next round opens after a restart",
    { ...spec, rounds: 9, cohort: { ...spec.cohort, minimum: 2 }, evaluation: { ...spec.evaluation, every: 2 } },
    [
      [joined("eve", "evaluate")],
      ...both,
      [committed(1), ...asked, "evaluate global by eve"],
      [validated("alice", 1)],
      [validated("bob", 1)],
      [reported(1), ...closed, ...second],
      [accepted("alice", 2)],
      [accepted("bob", 2), "no timer training", "aggregate alice+bob"],
      [restarted, "aggregate alice+bob"],
      [committed(2), "close 2.1", "timer waiting 3600000"],
      [joined("bob")],
      [
        joined("alice"),
        ...["no timer waiting", "open 3.1 alice+bob", "timer training 10000", "train alice 3.1", "train bob 3.1"],
      ],
      [accepted("alice", 3)],
      [accepted("bob", 3), "no timer training", "aggregate alice+bob"],
      [committed(3), ...asked],
      [validated("alice", 3)],
      [validated("bob", 3)],
      [joined("eve", "evaluate"), "evaluate global by eve"],
    ],
  ],
  [
    "waits for a worker and an evaluator that were there when the round opened, and gives them up at the deadline",
    spec,
    [
      [joined("eve", "evaluate")],
      [joined("carol")],
      [joined("alice")],
      [started, "open 1.1 alice+carol", "timer training 10000", "train alice 1.1", "train carol 1.1"],
      [left("eve")],
      [left("carol")],
      [accepted("alice", 1)],
      [deadline("training", 1), "no timer training", "abort carol", "aggregate alice"],
      [committed(1), timer, "validate by alice"],
      [validated("alice", 1)],
      [deadline("evaluating", 1), ...closed, "open 2.1 alice", "timer training 10000", "train alice 2.1"],
      [accepted("alice", 2), "no timer training", "aggregate alice"],
      [committed(2), timer, "validate by alice"],
      [validated("alice", 2), "no timer evaluating", "close 2.1", "finish completed: rounds"],
    ],
  ],
  [
    "stops the job by the weighted mean, where no evaluator is there",
    { ...spec, stop: { accuracy: 0.6 } },
    [
      ...both,
      [committed(1), ...asked],
      [validated("alice", 1, 0.5)],
      [validated("bob", 1, 0.7), ...closed, "finish completed: accuracy"],
    ],
  ],
  [
    "is called off when the job is paused, and what is owed is asked for when it goes on",
    spec,
    [
      ...both,
      [committed(1), ...asked],
      [validated("alice", 1)],
      [paused, "no timer evaluating", "abort bob", "release: asked"],
      [resumed],
      [restarted, timer],
      [joined("alice")],
      [joined("bob"), "validate by bob"],
    ],
  ],
];

const tagged = (name: string, ...tags: string[]): JobEvent => ({
  type: "WorkerJoined",
  worker: { name, role: "train", dataset: "mnist", samples: 100, tags },
});

const unwanted: [string, Parameters<typeof asItWent>[0], Step[]][] = [
  [
    "that the job does not want in its cohorts",
    { ...spec, cohort: { ...spec.cohort, tags: ["gpu"] } },
    [
      [tagged("alice", "gpu")],
      [tagged("bob", "night")],
      [started, "open 1.1 alice", "timer training 10000", "train alice 1.1"],
      [accepted("alice", 1), "no timer training", "aggregate alice"],
      [committed(1), timer, "validate by alice"],
      [tagged("bob", "night")],
    ],
  ],
  [
    "whose updates were refused too often, from the round of the last of them on",
    { ...spec, cohort: { ...spec.cohort, exclusion: { refusals: 1, rounds: 5 } } },
    [
      ...both.slice(0, 4),
      [refused("alice", 1), "no timer training", "leave out alice through 6", "aggregate bob"],
      [committed(1), timer, "validate by bob"],
      [joined("alice")],
      [validated("bob", 1), ...closed, "open 2.1 bob", "timer training 10000", "train bob 2.1"],
    ],
  ],
];

describe("the score of the workers that train", () => {
  it.each(unwanted)("is not asked of those %s", (_, input, story) => {
    expect(asItWent(input, story)).toEqual(story);
  });

  it.each(stories)("%s", (_, input, story) => {
    expect(asItWent(input, story)).toEqual(story);
  });

  describe("of a few workers", () => {
    const names = ["alice", "bob", "carol", "dave", "erin"];
    const few = { evaluation: { workers: { maximum: 2, validationFraction: 0.1, minimumSamples: 5 } } };
    /** Who is asked for its score of each round's model. */
    const askedIn = (input: object, rounds: number, begin: readonly JobEvent[] = names.map((name) => joined(name))) => {
      const events: JobEvent[] = [...begin, started];
      return Array.from({ length: rounds }, (_, index) => {
        const round = index + 1;
        events.push(...names.map((name) => accepted(name, round)), committed(round));
        const { state, effects } = play({ ...few, ...input, rounds: 99 }, events);
        expect(state.phase).toMatchObject({ kind: "evaluating", round });
        const workers = (effects.at(-1) ?? []).flatMap((effect) =>
          effect.type === "AssignValidation" ? [effect.worker] : [],
        );
        events.push(...workers.map((worker) => validated(worker, round)));
        return workers;
      });
    };

    it("draws them anew for each round, by the job's seed, however the workers came", () => {
      const drawn = askedIn({ seed: 3 }, 20);
      for (const workers of drawn) expect(new Set(workers).size).toBe(2);
      expect(new Set(drawn.flat())).toEqual(new Set(names));
      expect(
        askedIn(
          { seed: 3 },
          20,
          names.toReversed().map((name) => joined(name)),
        ),
      ).toEqual(drawn);
      expect(askedIn({ seed: 4 }, 20)).not.toEqual(drawn);
    });

    it("draws only those that hold enough samples, where they are known", () => {
      const begin = names.map((name): JobEvent => {
        const samples = name === "carol" ? 50 : 49;
        return { type: "WorkerJoined", worker: { name, role: "train", dataset: "mnist", samples } };
      });
      expect(askedIn({}, 3, begin)).toEqual([["carol"], ["carol"], ["carol"]]);
    });

    it("draws the same when nobody is back yet after a restart", () => {
      const begin = names.map((name): JobEvent => {
        const samples = name === "carol" || name === "dave" ? 50 : 49;
        return { type: "WorkerJoined", worker: { name, role: "train", dataset: "mnist", samples } };
      });
      const events = [...begin, started, ...names.map((name) => accepted(name, 1))];
      expect(play(few, [...events, restarted, committed(1)]).state.phase).toMatchObject({ awaited: ["carol", "dave"] });
    });

    it("goes on at once when none of them holds enough", () => {
      const begin = names.map(
        (name): JobEvent => ({ type: "WorkerJoined", worker: { name, role: "train", dataset: "mnist", samples: 49 } }),
      );
      const events = [...begin, started, ...names.map((name) => accepted(name, 1)), committed(1)];
      expect(play(few, events).state.phase).toMatchObject({ kind: "training", round: 2 });
    });

    it("asks all where they are no more than the maximum", () => {
      const evaluation = { workers: { maximum: 5 } };
      expect(askedIn({ evaluation }, 1)).toEqual([names]);
    });

    it("leaves nobody out of personalisation", () => {
      const input = { ...few, rounds: 1, personalisation: {} };
      const events = [...names.map((name) => joined(name)), started, ...names.map((name) => accepted(name, 1))];
      const { phase } = play(input, [...events, committed(1)]).state;
      const scores = "awaited" in phase ? phase.awaited.map((name) => validated(name, 1)) : [];
      expect(play(input, [...events, committed(1), ...scores]).state.phase).toMatchObject({
        ...{ kind: "personalising", awaited: names },
      });
    });
  });

  it("is counted in bytes, a model for each", () => {
    const events = [...both.map(([event]) => event), committed(1)];
    const before = play(spec, events).state.bytes;
    expect(play(spec, [...events, validated("alice", 1)]).state.bytes).toBe(before + 100);
  });
});

const tooFew: Step[] = [...both, [committed(1), ...asked], [notValidated("bob", 1)]];

const ends: [string, Parameters<typeof asItWent>[0], Step[]][] = [
  [
    "comes after the last round, from all that took part, and the job ends with its round",
    personal,
    [
      ...last,
      [validated("alice", 1)],
      [validated("alice", 1, 0.5, 0.7)],
      [notValidated("bob", 1)],
      [notValidated("bob", 1, "personalising"), ...over],
    ],
  ],
  [
    "comes when a target ends the job, and without any evaluation before",
    { ...personal, evaluation: { ...spec.evaluation, every: 0 } },
    [
      ...both,
      [committed(1), "timer personalising 7000", "personalise at alice", "personalise at bob"],
      [validated("alice", 1, 0.5, 0.7)],
      [validated("bob", 1, 0.5, 0.7), ...over],
    ],
  ],
  [
    "ends by its deadline when a worker is gone for good",
    personal,
    [...last, [left("bob")], [validated("alice", 1, 0.5, 0.7)], [deadline("personalising", 1), ...over]],
  ],
  [
    "is asked of those, too, whose score of the last round did not come in time, and which is called off",
    personal,
    [
      ...both,
      [committed(1), ...asked],
      [validated("alice", 1)],
      [
        deadline("evaluating", 1),
        ...["no timer evaluating", "abort bob", "timer personalising 7000"],
        ...["personalise at alice", "personalise at bob"],
      ],
    ],
  ],
  [
    "is not asked of a worker that said in the last round that it holds too few samples",
    personal,
    [
      ...tooFew,
      [validated("alice", 1), "no timer evaluating", "timer personalising 7000", "personalise at alice"],
      [restarted, "timer personalising 7000"],
      [joined("bob")],
      [joined("alice"), "personalise at alice"],
      [validated("alice", 1, 0.5, 0.7), ...over],
    ],
  ],
  [
    "is not waited for when all workers said so",
    personal,
    [...tooFew, [notValidated("alice", 1), ...closed, "finish completed: rounds"]],
  ],
  [
    "ends by a deadline that was changed meanwhile",
    personal,
    [
      ...last,
      [settings({ personalisation: { deadlineSeconds: 3 } }), "timer personalising 3000"],
      [restarted, "timer personalising 3000"],
      [deadline("personalising", 1), ...over],
    ],
  ],
  [
    "is asked for again after a restart of the coordinator, of those that owe it",
    personal,
    [
      ...last,
      [validated("alice", 1, 0.5, 0.7)],
      [restarted, "timer personalising 7000"],
      [joined("alice")],
      [joined("bob"), "personalise at bob"],
      [validated("bob", 1, 0.5, 0.7), ...over],
    ],
  ],
  [
    "is called off when the job is paused or cancelled",
    personal,
    [
      ...last,
      [paused, "no timer personalising", "abort alice", "abort bob", "release: asked"],
      [resumed],
      [restarted, "timer personalising 7000"],
      [joined("bob"), "personalise at bob"],
      [cancelled, "no timer personalising", "close 1.1", "finish cancelled"],
    ],
  ],
];

describe("personalisation", () => {
  it.each(ends)("%s", (_, input, story) => {
    expect(asItWent(input, story)).toEqual(story);
  });

  it("can't be added while the job runs", () => {
    expect(() => play(spec, [started, settings({ personalisation: { deadlineSeconds: 3 } })])).toThrow(
      "personalisation: the job makes no models of the workers' own",
    );
  });

  it.each([
    [{ personalisation: {} }, "personalisation: needs evaluation.workers"],
    [{ ...spec, personalisation: { epochs: 0 } }, "strategy.kind fedavg keeps no model at the workers"],
  ])("can't be asked for as in %o", (input, message) => {
    expect(() => checkJobSpec({ model: "lenet5", dataset: "mnist", ...input })).toThrow(message);
  });

  it.each([{ kind: "ditto" as const }, { kind: "fedper" as const, localParameters: ["fc3.*"] }])(
    "without fine-tuning is of strategies that keep a model, as %o",
    (strategy) => {
      const input = { ...spec, strategy, personalisation: { epochs: 0 } };
      expect(checkJobSpec({ model: "lenet5", dataset: "mnist", ...input }).personalisation?.epochs).toBe(0);
    },
  );
});
