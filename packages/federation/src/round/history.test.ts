import { describe, expect, it } from "vitest";
import type { JobChanges } from "../job/job-changes.js";
import {
  accepted,
  asItWent,
  committed,
  deadline,
  joined,
  left,
  overdue,
  paused,
  play,
  refused,
  restarted,
  resumed,
  type Step,
  settings,
  started,
} from "../testing/scenario.js";
import type { JobEvent } from "./events.js";
import { transition } from "./machine.js";
import { fromSnapshot, takeSnapshot } from "./snapshot.js";

const people = ["alice", "bob", "carl"];
const unscored = { evaluation: { every: 0 }, rounds: 20 };
const excluding = { ...unscored, cohort: { exclusion: { refusals: 2, rounds: 2 }, deadlineSeconds: 10 } };
const answer = (round: number, bad: string, of: readonly string[] = people): JobEvent[] => [
  ...of.map((name) => (name === bad ? refused(name, round) : accepted(name, round))),
  committed(round),
];
/** Of two that are needed one is left out, and the other is gone. */
const pair = { exclusion: { refusals: 1, rounds: 2 }, minimum: 2, deadlineSeconds: 10, waitSeconds: 5 };
const waiting: Step[] = [
  [joined("alice")],
  [joined("bob")],
  [started, "open 1.1 alice+bob", "timer training 10000", "train alice 1.1", "train bob 1.1"],
  [left("bob")],
  [refused("alice", 1)],
  [
    deadline("training", 1),
    ...["no timer training", "abort bob", "leave out alice through 3", "close 1.1", "timer waiting 5000"],
  ],
];
const bothAgain = ["open 1.2 alice+bob", "timer training 10000", "train alice 1.2", "train bob 1.2"];
const cohortsOf = (words: string[][]) => words.flat().filter((word) => word.startsWith("open"));

describe("a worker whose updates are refused in a row", () => {
  const lead = [...people.map((name) => joined(name)), started];

  it("is left out for some rounds, and then allowed again", () => {
    const others = ["alice", "carl"];
    const { words } = play(excluding, [
      ...lead,
      ...answer(1, "bob"),
      ...answer(2, "bob"),
      ...answer(3, "", others),
      ...answer(4, "", others),
    ]);
    expect(words.flat()).toContain("leave out bob through 4");
    expect(cohortsOf(words)).toEqual([
      "open 1.1 alice+bob+carl",
      "open 2.1 alice+bob+carl",
      "open 3.1 alice+carl",
      "open 4.1 alice+carl",
      "open 5.1 alice+bob+carl",
    ]);
  });

  it("begins anew with an update that is accepted", () => {
    const { words } = play(excluding, [...lead, ...answer(1, "bob"), ...answer(2, ""), ...answer(3, "bob")]);
    expect(words.flat().filter((word) => word.startsWith("leave"))).toEqual([]);
    expect(cohortsOf(words).at(-1)).toBe("open 4.1 alice+bob+carl");
  });

  it("is never left out without the setting", () => {
    const { words } = play(unscored, [...lead, ...answer(1, "bob"), ...answer(2, "bob"), ...answer(3, "bob")]);
    expect(cohortsOf(words).at(-1)).toBe("open 4.1 alice+bob+carl");
  });

  it("is taken back at once when the others that are there are too few without it", () => {
    const all = (round: number) => people.map((name) => `train ${name} ${round}.1`);
    const story: Step[] = [
      ...people.map((name): Step => [joined(name)]),
      [started, "open 1.1 alice+bob+carl", "timer training 10000", ...all(1)],
      [accepted("alice", 1)],
      [accepted("carl", 1)],
      [refused("bob", 1), "no timer training", "leave out bob through 3", "aggregate alice+carl"],
      [committed(1), "close 1.1", "readmit bob", "open 2.1 alice+bob+carl", "timer training 10000", ...all(2)],
    ];
    const cohort = { exclusion: { refusals: 1, rounds: 2 }, minimum: 3, deadlineSeconds: 10 };
    expect(asItWent({ ...unscored, cohort }, story)).toEqual(story);
  });

  it("is named when the job waits for it and for others, and comes back when the job is resumed", () => {
    const story: Step[] = [
      ...waiting,
      [
        deadline("waiting", 1, 2),
        'release: fewer than 2 workers with data set "mnist" came within 5 s; alice is left out through round 3: too many of its updates were refused',
      ],
      [resumed],
      [restarted, "timer waiting 5000"],
      [joined("alice")],
      [joined("bob"), "no timer waiting", ...bothAgain],
    ];
    expect(asItWent({ ...unscored, cohort: pair }, story)).toEqual(story);
  });

  it("is taken back when those that come make enough only with it", () => {
    const story: Step[] = [...waiting, [joined("bob"), "no timer waiting", "readmit alice", ...bothAgain]];
    expect(asItWent({ ...unscored, cohort: pair }, story)).toEqual(story);
  });
});

describe("other settings", () => {
  it("without exclusion take back who is left out", () => {
    const story: Step[] = [
      ...waiting,
      [settings({ cohort: { exclusion: null } }), "timer waiting 5000"],
      [joined("bob"), "no timer waiting", ...bothAgain],
    ];
    expect(asItWent({ ...unscored, cohort: pair }, story)).toEqual(story);
  });

  it("with another exclusion take nobody back who is left out", () => {
    const { words } = play({ ...unscored, cohort: { exclusion: { refusals: 1, rounds: 2 } } }, [
      ...[...people.map((name) => joined(name)), started, ...answer(1, "bob")],
      settings({ cohort: { exclusion: { refusals: 9, rounds: 1 } } }),
      ...answer(2, "", ["alice", "carl"]),
    ]);
    expect(cohortsOf(words).slice(1)).toEqual(["open 2.1 alice+carl", "open 3.1 alice+carl"]);
  });

  it("leave workers out that were not left out before", () => {
    const { words } = play({ ...unscored, cohort: { deadlineSeconds: 10, waitSeconds: 5 } }, [
      joined("alice"),
      started,
      settings({ cohort: { exclusion: { refusals: 1, rounds: 2 } } }),
      refused("alice", 1),
    ]);
    expect(words.at(-1)).toContain("leave out alice through 3");
  });

  it("draw the next cohort as they say, with what is remembered of all rounds", () => {
    const names = ["alice", "bob", "carl"];
    const selected = (changes: JobChanges) => {
      const base = { ...unscored, rounds: 9, seed: 3, cohort: { size: 1, minimum: 3, quorum: 1 } };
      let { state } = play(base, [...names.map((name) => joined(name)), started, settings(changes)]);
      const cohorts: string[] = [];
      while (cohorts.length < 3 && state.phase.kind === "training") {
        const { round, cohort } = state.phase;
        const [worker = ""] = cohort;
        cohorts.push(worker);
        for (const event of [accepted(worker, round), committed(round)]) state = transition(state, event).state;
      }
      return cohorts;
    };
    // Each of them once: chance alone has it otherwise with this seed.
    expect(new Set(selected({ cohort: { selection: { kind: "roundRobin" } } })).size).toBe(3);
    expect(new Set(selected({ cohort: { selection: null } })).size).toBeLessThan(3);
  });
});

describe("cohorts of workers of some kind", () => {
  const worker = (name: string, about: object): JobEvent => ({
    type: "WorkerJoined",
    worker: { name, role: "train", dataset: "mnist", samples: 100, backend: "wasm", ...about },
  });

  it("have only those that are what is asked", () => {
    const cohort = { tags: ["gpu", "site-1"], backend: "native" as const, minimumMemory: 1_000 };
    const fit = { tags: ["gpu", "night", "site-1"], backend: "native", memory: 1_000 };
    const { words } = play({ ...unscored, cohort }, [
      worker("alice", fit),
      worker("bob", { ...fit, tags: ["gpu"] }),
      worker("carl", { ...fit, backend: "wasm" }),
      worker("dora", { ...fit, memory: 999 }),
      worker("emil", { ...fit, memory: undefined }),
      started,
    ]);
    expect(cohortsOf(words)).toEqual(["open 1.1 alice"]);
  });

  it("wait for them, and say who is not", () => {
    const { words } = play({ ...unscored, cohort: { tags: ["gpu"], waitSeconds: 5 } }, [
      worker("bob", { tags: ["night"] }),
      started,
      deadline("waiting", 1),
    ]);
    expect(words.at(-1)).toEqual([
      'release: fewer than 1 workers with data set "mnist" came within 5 s; bob has not the tag gpu',
    ]);
  });
});

describe("by powerOfChoice, a worker that never answers", () => {
  const selection = { kind: "powerOfChoice" as const, candidates: 3 };
  /** The cohorts of 15 rounds in which Bob does this when he is selected. */
  function cohorts(spec: object, bob: (round: number, attempt: number) => JobEvent): string[] {
    let { state } = play(spec, [...people.map((name) => joined(name)), started]);
    const seen: string[] = [];
    for (let round = 1; round <= 15; round++) {
      if (state.phase.kind !== "training") throw new Error(`round ${round} does not train`);
      const { cohort, attempt } = state.phase;
      seen.push(cohort.join("+"));
      const others = cohort.filter((name) => name !== "bob").map((name) => accepted(name, round));
      const his = cohort.includes("bob") ? [bob(round, attempt)] : [];
      for (const event of [...others, ...his, committed(round)]) state = transition(state, event).state;
    }
    return seen;
  }
  const two = { ...unscored, rounds: 20, cohort: { size: 2, selection, minimumFraction: 0.5, deadlineSeconds: 10 } };

  it.each([
    ["is silent", (round: number, attempt: number) => deadline("training", round, attempt)],
    ["is always refused", (round: number, attempt: number) => refused("bob", round, attempt)],
  ])("and %s is selected after 2 rounds of others, then after 4, then after 8", (_, bob) => {
    for (let seed = 1; seed <= 10; seed++) {
      const seen = cohorts({ ...two, seed }, bob);
      const his = seen.flatMap((cohort, index) => (cohort.includes("bob") ? [index + 1] : []));
      const [first = 0] = his;
      expect(first).toBeLessThanOrEqual(2);
      expect(his.slice(0, 3)).toEqual([first, first + 3, first + 8]);
    }
  });

  it("is last in an asynchronous job as well", () => {
    const strategy = { kind: "fedbuff" as const, bufferSize: 1 };
    const cohort = { size: 1, selection, deadlineSeconds: 10 };
    let { state } = play({ ...unscored, strategy, cohort }, [joined("bob"), started, overdue("bob", 1)]);
    expect(state.histories.get("bob")).toMatchObject({ selected: 2, unanswered: 1 });
    state = transition(state, accepted("bob", 1, 2)).state;
    expect(state.histories.get("bob")).toMatchObject({ unanswered: 0 });
  });

  it("because others were faster has missed nothing", () => {
    const spec = { ...unscored, cohort: { size: 1, overSelection: 2, minimum: 2, deadlineSeconds: 10 } };
    const { state } = play(spec, [joined("alice"), joined("bob"), started, accepted("alice", 1), committed(1)]);
    expect(state.histories.get("bob")).toMatchObject({ selected: 2, unanswered: 0 });
  });
});

describe("what selection remembers", () => {
  const spec = { ...unscored, cohort: { size: 1, selection: { kind: "roundRobin" as const } } };
  /** Each selected worker answers, for so many rounds. */
  function rounds(count: number, cutAfter?: number): string[] {
    let { state } = play(spec, [...people.map((name) => joined(name)), started]);
    const cohorts: string[] = [];
    for (let round = 1; round <= count; round++) {
      if (state.phase.kind !== "training") throw new Error(`round ${round} does not train`);
      const { cohort } = state.phase;
      cohorts.push(cohort.join());
      for (const event of [...cohort.map((name) => accepted(name, round)), committed(round)])
        state = transition(state, event).state;
      if (round === cutAfter)
        state = fromSnapshot(JSON.parse(JSON.stringify(takeSnapshot({ state, cohort: [] })))).state;
    }
    return cohorts;
  }

  it("gives everyone the same number of turns", () => {
    const cohorts = rounds(9);
    for (let start = 0; start < 9; start += 3) expect(cohorts.slice(start, start + 3).sort()).toEqual(people);
  });

  it("is in snapshots, too", () => {
    for (let cutAfter = 1; cutAfter < 9; cutAfter++) expect(rounds(9, cutAfter)).toEqual(rounds(9));
  });

  it("stays while the job is paused", () => {
    const { state } = play(spec, [joined("alice"), started, accepted("alice", 1), committed(1), paused, resumed]);
    expect(state.histories.get("alice")).toEqual({
      selected: 2,
      loss: 1,
      refusals: 0,
      leftOutThrough: 0,
      unanswered: 0,
      behindThrough: 0,
    });
  });
});
