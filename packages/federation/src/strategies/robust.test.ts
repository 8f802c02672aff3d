import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextOf, floats, runRound, strategyWith } from "../testing/rounds.js";

const ELEMENTS = 4;
/** Eighths, of which float64 has every sum and square: scores that are equal are equal here and there. */
const vector = fc.array(
  fc.integer({ min: -64, max: 64 }).map((value) => value / 8),
  { minLength: ELEMENTS, maxLength: ELEMENTS },
);
const cohort = (least: number, most = least + 4) => fc.array(vector, { minLength: least, maxLength: most });
type Vectors = readonly (readonly number[])[];

const column = (vectors: Vectors, place: number) => vectors.map((values) => values[place] ?? 0);
const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const square = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0);

// The formulas of the papers, in float64 and without a thought of speed.
const medianOf = (values: readonly number[]) => {
  const [sorted, half] = [ascending(values), values.length / 2];
  return meanOf(sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1));
};
function krumOrder(vectors: Vectors, left: readonly number[], f: number): number[] {
  const score = (i: number) => {
    const others = left.filter((j) => j !== i).map((j) => square(vectors[i] ?? [], vectors[j] ?? []));
    return ascending(others)
      .slice(0, Math.max(1, left.length - f - 2))
      .reduce((sum, distance) => sum + distance, 0);
  };
  return left.toSorted((a, b) => score(a) - score(b) || a - b);
}
function bulyan(vectors: Vectors, f: number): number[] {
  let left = vectors.map((_, index) => index);
  const chosen: number[] = [];
  while (chosen.length < vectors.length - 2 * f) {
    const [best = 0] = krumOrder(vectors, left, f);
    chosen.push(best);
    left = left.filter((index) => index !== best);
  }
  return (
    vectors[0]?.map((_, place) => {
      const values = ascending(
        column(
          chosen.map((index) => vectors[index] ?? []),
          place,
        ),
      );
      const middle = medianOf(values);
      return meanOf(
        values.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle)).slice(0, values.length - 2 * f),
      );
    }) ?? []
  );
}

async function holds(strategy: object, vectors: Vectors, wanted: readonly number[], before?: readonly number[]) {
  const { model } = await runRound({
    strategy,
    updates: vectors.map((values) => ({ values })),
    ...(before && { before }),
  });
  for (const [index, value] of model.entries())
    expect(Math.abs(value - (wanted[index] ?? Number.NaN))).toBeLessThan(1e-5);
}

describe("robust rules are their papers' formulas", () => {
  it("median: of each number (Yin et al. 2018, definition 1)", () =>
    fc.assert(
      fc.asyncProperty(cohort(1), (vectors) =>
        holds({ kind: "median" }, vectors, vectors[0]?.map((_, place) => medianOf(column(vectors, place))) ?? []),
      ),
    ));

  it("trimmed mean: without the extremes of each number (Yin et al. 2018, definition 2)", () =>
    fc.assert(
      fc.asyncProperty(cohort(5), (vectors) => {
        const wanted = vectors[0]?.map((_, place) => meanOf(ascending(column(vectors, place)).slice(2, -2))) ?? [];
        return holds({ kind: "trimmed-mean", trim: 2 }, vectors, wanted);
      }),
    ));

  it("Krum: the update with the best score, as it is (Blanchard et al. 2017, section 4)", () =>
    fc.assert(
      fc.asyncProperty(cohort(7), async (vectors) => {
        const [best = 0] = krumOrder(vectors, [...vectors.keys()], 2);
        const { model } = await runRound({
          strategy: { kind: "krum", byzantine: 2 },
          updates: vectors.map((values) => ({ values })),
        });
        expect(square([...model], vectors[best] ?? [])).toBe(0);
      }),
    ));

  it("Multi-Krum: the mean of the best m (Blanchard et al. 2017, section 5)", () =>
    fc.assert(
      fc.asyncProperty(cohort(6), (vectors) => {
        const best = krumOrder(vectors, [...vectors.keys()], 1).slice(0, 3);
        const chosen = best.map((index) => vectors[index] ?? []);
        const wanted = vectors[0]?.map((_, place) => meanOf(column(chosen, place))) ?? [];
        return holds({ kind: "multi-krum", byzantine: 1, select: 3 }, vectors, wanted);
      }),
    ));

  it("Bulyan: what is nearest to the median of those that Krum chose in turn (El Mhamdi et al. 2018, section 4)", () =>
    fc.assert(
      fc.asyncProperty(cohort(7), (vectors) => holds({ kind: "bulyan", byzantine: 1 }, vectors, bulyan(vectors, 1))),
    ));

  it("geometric median: Weiszfeld's iteration, smoothed (Pillutla et al. 2022, algorithm 2)", () =>
    fc.assert(
      fc.asyncProperty(cohort(1), (vectors) => {
        const alpha = 1 / vectors.length;
        let v = vectors[0]?.map((_, place) => meanOf(column(vectors, place))) ?? [];
        for (let iteration = 0; iteration < 4; iteration++) {
          const beta = vectors.map((values) => alpha / Math.max(0.01, Math.sqrt(square(v, values))));
          const total = beta.reduce((sum, weight) => sum + weight, 0);
          v = v.map((_, place) => vectors.reduce((sum, x, i) => sum + (beta[i] ?? 0) * (x[place] ?? 0), 0) / total);
        }
        return holds({ kind: "geometric-median", iterations: 4, nu: 0.01 }, vectors, v);
      }),
    ));

  it("geometric median: weighs by samples where it is told to, and no made-up count wins where it is not", async () => {
    const updates = [
      { values: [0, 0], samples: 1 },
      { values: [4, 8], samples: 9 },
    ];
    const strategy = { kind: "geometric-median", iterations: 50 };
    const weighed = await runRound({ strategy: { ...strategy, weighting: "samples" }, updates });
    expect(weighed.model).toEqual(floats(4, 8));
    const liar = { values: [100, -100], samples: 100_000_000 };
    const { model } = await runRound({ strategy, updates: [...updates, { values: [2, 4], samples: 5 }, liar] });
    expect(Math.max(...model)).toBeLessThan(8.1);
    expect(Math.min(...model)).toBeGreaterThan(-0.1);
  });

  it("centred clipping: over rounds, around the change of the round before (Karimireddy et al. 2021, algorithm 2)", () =>
    fc.assert(
      fc.asyncProperty(fc.array(cohort(3, 3), { minLength: 3, maxLength: 3 }), async (rounds) => {
        let last = { model: floats(0, 0, 0, 0), state: {} };
        let v = [0, 0, 0, 0];
        for (const vectors of rounds) {
          const before = [...last.model];
          const changes = vectors.map((values) => values.map((value, place) => value - (before[place] ?? 0)));
          for (let step = 0; step < 2; step++) {
            const scales = changes.map((x) => Math.min(1, 2 / Math.sqrt(square(x, v))));
            const center = v;
            v = center.map(
              (value, place) => value + meanOf(changes.map((x, i) => ((x[place] ?? 0) - value) * (scales[i] ?? 0))),
            );
          }
          const strategy = { kind: "centred-clipping", tau: 2, iterations: 2 };
          last = await runRound({
            strategy,
            updates: vectors.map((values) => ({ values })),
            before,
            state: last.state,
          });
          for (const [place, value] of last.model.entries())
            expect(Math.abs(value - (before[place] ?? 0) - (v[place] ?? 0))).toBeLessThan(1e-4);
        }
      }),
    ));
});

describe("robust rules", () => {
  const honest = Array.from({ length: 8 }, (_, index) => ({ values: [1 + index / 100, 2 - index / 100, 3, 4] }));
  const evil = [{ values: [4_000, -4_000, 4_000, -4_000], samples: 1e6 }];

  it.each([
    { kind: "median" },
    { kind: "trimmed-mean" },
    { kind: "krum" },
    { kind: "multi-krum" },
    { kind: "bulyan" },
    { kind: "geometric-median" },
    { kind: "centred-clipping", tau: 10 },
  ])("%j stays near the honest workers when one sends the largest values there are", async (strategy) => {
    const { model } = await runRound({ strategy, updates: [...honest, ...evil], before: [1, 2, 3, 4] });
    for (const [index, value] of model.entries()) expect(Math.abs(value - index - 1)).toBeLessThan(1.2);
  });

  it.each([
    [{ kind: "krum", byzantine: 2 }, 6, 7],
    [{ kind: "multi-krum", byzantine: 1, select: 4 }, 6, 7],
    [{ kind: "bulyan", byzantine: 1 }, 6, 7],
    [{ kind: "trimmed-mean", trim: 3 }, 6, 7],
  ])("%j does not begin with %d workers, and does with %d", (strategy, few, enough) => {
    const updates = Array.from({ length: enough }, () => ({ values: [0] }));
    const open = (count: number) =>
      strategyWith(strategy).open(contextOf({ strategy, updates: updates.slice(0, count) }));
    expect(() => open(few)).toThrow(
      expect.objectContaining({ code: "conflict", hint: expect.stringMatching(/cohort/) }),
    );
    expect(() => open(enough)).not.toThrow();
  });

  it("do not compare more updates than they have memory for", () => {
    const strategy = { kind: "krum" };
    const updates = Array.from({ length: 2_049 }, () => ({ values: [0] }));
    expect(() => strategyWith(strategy).open(contextOf({ strategy, updates }))).toThrow(/2048 updates at most/);
  });
});
