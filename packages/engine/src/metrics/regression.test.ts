import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactSum } from "./exact-sum.js";
import { RegressionScores } from "./regression.js";

const { POSITIVE_INFINITY: more, NEGATIVE_INFINITY: less, NaN: none } = Number;

function sumOf(terms: Iterable<number>): number {
  const sum = new ExactSum();
  for (const term of terms) sum.add(term);
  return sum.value;
}

const UNIT = 2n ** 40n;

describe("an exact sum", () => {
  it("is that of whole numbers, rounded once", () => {
    const term = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
    const parts = fc.array(fc.tuple(term, fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(parts, (of) => {
        const terms = of.map(([value, isLarge]) => (isLarge ? value * UNIT : value));
        const exact = terms.reduce((sum, value) => sum + value, 0n);
        expect(sumOf(terms.map(Number))).toBe(Number(exact));
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on the order of its terms", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 })), (terms) => {
        expect(sumOf([...terms].sort((a, b) => a - b))).toBe(sumOf(terms));
      }),
    );
  });

  it("loses nothing to terms that take each other away", () => {
    expect(sumOf([1e100, 1, -1e100])).toBe(1);
    expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
  });

  it("is infinite or NaN when a term is", () => {
    expect(sumOf([1, more])).toBe(more);
    expect(sumOf([more, less])).toBeNaN();
    expect(sumOf([none, 1])).toBeNaN();
    expect(sumOf([1.7e308, 1.7e308])).toBe(more);
    expect(sumOf([])).toBe(0);
  });
});

describe("scores of a regression", () => {
  const row = fc.tuple(fc.float({ noNaN: true, min: -99, max: 99 }), fc.float({ noNaN: true, min: -99, max: 99 }));

  it("are the same bytes in whatever batches and order the samples come", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 20 }), fc.nat({ max: 20 }), (rows, cut) => {
        const scoresOf = (...batches: [number, number][][]) => {
          const scores = new RegressionScores();
          for (const batch of batches)
            scores.add(
              batch.map(([output]) => output),
              batch.map(([, target]) => target),
            );
          return [scores.mse, scores.mae, scores.r2];
        };
        const reversed = [...rows].reverse();
        expect(scoresOf(reversed.slice(0, cut), reversed.slice(cut))).toEqual(scoresOf(rows));
      }),
    );
  });

  it("are perfect when every target is met", () => {
    const scores = new RegressionScores(2);
    scores.add([1, 5, 2, 5], [1, 5, 2, 5]);
    expect([scores.mse, scores.mae, scores.r2]).toEqual([0, 0, 1]);
  });

  it("are 0 for R² of targets that are all the same and not met", () => {
    const scores = new RegressionScores();
    scores.add([1, 2, 3], [0.1, 0.1, 0.1]);
    expect(scores.r2).toBe(0);
  });

  it("are NaN without samples, R² also with one, and with a NaN anywhere", () => {
    const scores = new RegressionScores();
    expect([scores.mse, scores.mae, scores.r2]).toEqual([none, none, none]);
    scores.add([1], [2]);
    expect([scores.mse, scores.mae, scores.r2]).toEqual([1, 1, none]);
    scores.add([none], [2]);
    expect([scores.mse, scores.mae, scores.r2]).toEqual([none, none, none]);
  });

  it("refuse rows that do not fit", () => {
    const scores = new RegressionScores(2);
    expect(() => scores.add([1, 2, 3], [1, 2, 3])).toThrowError("3 outputs and 3 targets are not rows of 2");
    expect(() => scores.add([1, 2], [1])).toThrowError(expect.objectContaining({ code: "shape_mismatch" }));
    expect(() => new RegressionScores(1.5)).toThrowError(expect.objectContaining({ code: "invalid_request" }));
  });
});
