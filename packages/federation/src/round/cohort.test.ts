import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectCohort } from "./cohort.js";

const names = Array.from({ length: 100 }, (_, index) => `worker-${index}`);
const draw = { seed: 1, round: 1, attempt: 1 };

describe("a cohort", () => {
  it("is everyone, sorted, without a size or when there are not more", () => {
    expect(selectCohort(["bob", "alice"], undefined, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort(["bob", "alice"], 2, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort(["bob", "alice"], 3, draw)).toEqual(["alice", "bob"]);
    expect(selectCohort([], 3, draw)).toEqual([]);
  });

  it("has as many different members as wanted, in whatever order they came", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: 10 }), fc.integer({ min: 1, max: 10 }), (eligible, size) => {
        const cohort = selectCohort(eligible, size, draw);
        expect(new Set(cohort).size).toBe(size);
        expect(eligible).toEqual(expect.arrayContaining(cohort));
        expect(cohort).toEqual(selectCohort([...eligible].sort(), size, draw));
      }),
    );
  });

  it("is drawn anew for each round, attempt and seed", () => {
    const draws = [draw, { ...draw, round: 2 }, { ...draw, attempt: 2 }, { ...draw, seed: 2 }];
    expect(new Set(draws.map((other) => selectCohort(names, 10, other).join())).size).toBe(4);
  });

  it("takes everyone equally often", () => {
    const counts = new Map(names.map((name) => [name, 0]));
    for (let round = 1; round <= 2_000; round++)
      for (const name of selectCohort(names, 10, { ...draw, round })) counts.set(name, (counts.get(name) ?? 0) + 1);
    // 200 on average with a deviation of 13.4; 5 deviations.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(67);
  });
});
