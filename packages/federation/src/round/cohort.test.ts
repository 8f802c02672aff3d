import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Selection } from "../job/selection-spec.js";
import { type Candidate, selectCohort } from "./cohort.js";
import { drawWeighted } from "./weighted-draw.js";

const candidate = (name: string, about: Partial<Candidate> = {}): Candidate => ({
  ...{ name, samples: 100, selected: 0, loss: undefined, unanswered: 0 },
  ...about,
});
const hundred = Array.from({ length: 100 }, (_, index) => candidate(`worker-${index}`));
const draw = { seed: 1, round: 1, attempt: 1 };
const uniform: Selection = { kind: "uniform" };
const rules: Selection[] = [
  uniform,
  { kind: "samples" },
  { kind: "roundRobin" },
  { kind: "powerOfChoice", candidates: 20 },
];

describe.each(rules)("a cohort by $kind", (rule) => {
  it("is everyone, sorted, without a size or when there are not more", () => {
    const two = [candidate("bob"), candidate("alice")];
    expect(selectCohort(two, undefined, rule, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort(two, 2, rule, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort(two, 3, rule, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort([], 3, rule, draw)).toEqual([]);
  });

  it("has as many different members as wanted, in whatever order they came", () => {
    const about = fc.record({
      samples: fc.integer({ min: 1, max: 100_000_000 }),
      selected: fc.nat(5),
      loss: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
    });
    const some = fc
      .tuple(fc.shuffledSubarray(hundred, { minLength: 10 }), fc.array(about, { minLength: 100, maxLength: 100 }))
      .map(([chosen, facts]) => chosen.map((each, index) => ({ ...each, ...facts[index] })));
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 10 }), (eligible, size) => {
        const cohort = selectCohort(eligible, size, rule, draw);
        expect(new Set(cohort).size).toBe(size);
        expect(eligible.map(({ name }) => name)).toEqual(expect.arrayContaining(cohort));
        expect(cohort).toEqual(selectCohort([...eligible].reverse(), size, rule, draw));
      }),
    );
  });

  it("is drawn anew for each round, attempt and seed", () => {
    const draws = [draw, { ...draw, round: 2 }, { ...draw, attempt: 2 }, { ...draw, seed: 2 }];
    expect(new Set(draws.map((other) => selectCohort(hundred, 10, rule, other).join())).size).toBe(4);
  });
});

describe("the draw", () => {
  it("is uniform as it always was: the first of the shuffled names", () => {
    const names = hundred.map(({ name }) => name).sort();
    const expected = stream(1, "cohort", 1, 1).shuffle(names).slice(0, 10).sort();
    expect(selectCohort(hundred, 10, uniform, draw)).toEqual(expected);
  });

  it("takes everyone equally often when it is uniform", () => {
    const counts = new Map(hundred.map(({ name }) => [name, 0]));
    for (let round = 1; round <= 2_000; round++)
      for (const name of selectCohort(hundred, 10, uniform, { ...draw, round }))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    // 200 on average with a deviation of 13.4; 5 deviations.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(67);
  });

  it("takes the first in proportion to samples, and the second in proportion among the others", () => {
    const weights = { a: 1, b: 2, c: 5 };
    const items = Object.entries(weights);
    const counts: Record<string, number> = {};
    const draws = 20_000;
    for (let index = 0; index < draws; index++) {
      const drawn = drawWeighted(items, 2, ([, weight]) => weight, stream(1, "test", index));
      const order = drawn.map(([name]) => name).join("");
      counts[order] = (counts[order] ?? 0) + 1;
    }
    // Successive draws without replacement: c first with 5/8, then b with 2/3 of what is left, and so on.
    const chances = { ab: 2 / 56, ac: 5 / 56, ba: 2 / 48, bc: 10 / 48, ca: 5 / 24, cb: 10 / 24 };
    for (const [order, chance] of Object.entries(chances)) {
      const deviation = Math.sqrt(draws * chance * (1 - chance));
      expect(Math.abs((counts[order] ?? 0) - draws * chance), order).toBeLessThan(5 * deviation);
    }
  });

  it("by roundRobin takes those that were selected least often first", () => {
    const some = ["a", "b", "c", "d"].map((name, index) => candidate(name, { selected: [2, 0, 1, 1][index] ?? 0 }));
    for (let round = 1; round <= 20; round++) {
      const cohort = selectCohort(some, 2, { kind: "roundRobin" }, { ...draw, round });
      expect([["b", "c"].join(), ["b", "d"].join()]).toContain(cohort.join());
    }
  });

  it("by powerOfChoice takes those last that were selected in vain, the more often the later", () => {
    const some = [
      candidate("a", { selected: 3, loss: 0.1 }),
      candidate("b", { selected: 3, loss: 9, unanswered: 2 }),
      candidate("c", { selected: 1, unanswered: 1 }),
      candidate("d", { selected: 2, loss: 0.2, unanswered: 1 }),
      candidate("e"),
    ];
    const chosen = [1, 2, 3, 4].map((size) =>
      selectCohort(some, size, { kind: "powerOfChoice", candidates: 5 }, draw).join(""),
    );
    expect(chosen).toEqual(["e", "ae", "ace", "acde"]);
  });

  it("by powerOfChoice takes the largest losses of the candidates, an unknown one before any", () => {
    const losses = { a: 0.1, b: 3, c: undefined, d: 2, e: 2.5 };
    const some = Object.entries(losses).map(([name, loss]) => candidate(name, { loss }));
    const choose = (candidates: number, size: number, seed: number) =>
      selectCohort(some, size, { kind: "powerOfChoice", candidates }, { ...draw, seed });
    expect(choose(5, 1, 1)).toEqual(["c"]);
    expect(choose(5, 3, 1)).toEqual(["b", "c", "e"]);
    // With as many candidates as are wanted it is the draw alone.
    const first = Array.from({ length: 50 }, (_, seed) => choose(1, 1, seed).join());
    expect(new Set(first).size).toBe(5);
  });
});
