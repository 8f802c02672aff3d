import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auroc, macroAuroc, softmaxRows } from "./auroc.js";
import { ConfusionMatrix } from "./confusion-matrix.js";
import { TopK } from "./top-k.js";

const CLASSES = 3;
const sample = fc.record({
  row: fc.array(fc.double({ noNaN: true, min: -9, max: 9 }), { minLength: CLASSES, maxLength: CLASSES }),
  label: fc.integer({ min: 0, max: CLASSES - 1 }),
});
const samples = fc.array(sample, { minLength: 1, maxLength: 40 });
type Samples = { row: number[]; label: number }[];
const outputsOf = (of: Samples) => Float64Array.from(of.flatMap(({ row }) => row));
const labelsOf = (of: Samples) => of.map(({ label }) => label);

function matrixOf(...batches: Samples[]): ConfusionMatrix {
  const matrix = new ConfusionMatrix(CLASSES);
  for (const batch of batches) matrix.add(outputsOf(batch), labelsOf(batch));
  return matrix;
}

function topOf(k: number, of: Samples): number {
  const top = new TopK(k, CLASSES);
  top.add(outputsOf(of), labelsOf(of));
  return top.accuracy;
}

describe("a confusion matrix", () => {
  it("is the same in whatever batches and order the samples come", () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const together = matrixOf([...a, ...b]);
        const merged = matrixOf(b);
        merged.merge(matrixOf(a));
        expect(matrixOf(b, a).counts).toEqual(together.counts);
        expect(merged.counts).toEqual(together.counts);
        expect(together.samples).toBe(a.length + b.length);
      }),
    );
  });

  it("has an accuracy that is top 1, micro F1 and weighted recall", () => {
    fc.assert(
      fc.property(samples, (of) => {
        const matrix = matrixOf(of);
        expect(topOf(1, of)).toBeCloseTo(matrix.accuracy, 12);
        expect(matrix.average("micro").f1).toBeCloseTo(matrix.accuracy, 12);
        expect(matrix.average("weighted").recall).toBeCloseTo(matrix.accuracy, 12);
      }),
    );
  });

  it("scores 0 where nothing can be said", () => {
    const matrix = matrixOf([{ row: [1, 0, 0], label: 0 }]);
    expect(matrix.of(2)).toEqual({ precision: 0, recall: 0, f1: 0 });
    expect(matrix.of(0)).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(matrix.average("macro").f1).toBeCloseTo(1 / 3, 12);
    const empty = new ConfusionMatrix(2);
    expect(empty.accuracy).toBeNaN();
    expect(empty.average("weighted")).toEqual({ precision: 0, recall: 0, f1: 0 });
  });

  it("calls a sample by the first of the highest outputs, and by NaN before all", () => {
    const of = (row: number[]) => matrixOf([{ row, label: 0 }]).counts.indexOf(1);
    expect(of([0, 2, 2])).toBe(1);
    expect(of([5, Number.NaN, 9])).toBe(1);
    expect(of([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(0);
  });

  it("refuses what does not fit", () => {
    const refusal = (message: string) => expect.objectContaining({ code: "shape_mismatch", message });
    const matrix = new ConfusionMatrix(3);
    expect(() => matrix.add(new Float32Array(5), [0, 1])).toThrowError(
      refusal("5 outputs are not 2 labels by 3 classes"),
    );
    expect(() => matrix.add(new Float32Array(3), [3])).toThrowError(refusal("label 3 does not fit 3 classes"));
    expect(() => matrix.add(new Float32Array(3), [-1])).toThrowError(refusal("label -1 does not fit 3 classes"));
    expect(() => matrix.merge(new ConfusionMatrix(2))).toThrowError(refusal("2 classes do not fit 3"));
    expect(() => new ConfusionMatrix(0)).toThrowError("classes must be a whole number above 0, got 0");
    expect(matrix.samples).toBe(0);
  });
});

describe("top k", () => {
  it("grows with k, up to all", () => {
    fc.assert(
      fc.property(samples, (of) => {
        expect(topOf(1, of)).toBeLessThanOrEqual(topOf(2, of));
        expect(topOf(2, of)).toBeLessThanOrEqual(topOf(3, of));
        expect(topOf(3, of)).toBe(1);
      }),
    );
  });

  it("counts k of level outputs, and NaN before numbers", () => {
    const level = [0, 1, 2].map((label) => ({ row: [1, 1, 1], label }));
    expect(topOf(2, level)).toBeCloseTo(2 / 3, 12);
    const odd = [0, 1, 2].map((label) => ({ row: [5, Number.NaN, 9], label }));
    expect(topOf(1, odd.slice(1, 2))).toBe(1);
    expect(topOf(2, odd.slice(0, 1))).toBe(0);
  });
});

describe("the AUROC", () => {
  const scored = fc.array(fc.record({ score: fc.integer({ min: -5, max: 5 }), positive: fc.boolean() }), {
    minLength: 2,
    maxLength: 30,
  });
  type Scored = { score: number; positive: boolean }[];
  const areaOf = (of: Scored) =>
    auroc(
      of.map(({ score }) => score),
      of.map(({ positive }) => positive),
    );

  it("is the share of pairs that are in order, a tie being half", () => {
    fc.assert(
      fc.property(scored, (of) => {
        const wins = of
          .filter(({ positive }) => positive)
          .flatMap(({ score }) =>
            of.filter(({ positive }) => !positive).map((other) => (Math.sign(score - other.score) + 1) / 2),
          );
        const wanted = wins.reduce((sum, win) => sum + win, 0) / wins.length;
        expect(areaOf(of)).toEqual(wins.length === 0 ? Number.NaN : expect.closeTo(wanted, 12));
      }),
    );
  });

  it("depends on the order of the scores only, not on that of the samples", () => {
    fc.assert(
      fc.property(scored, (of) => {
        const area = areaOf(of);
        expect(areaOf([...of].reverse())).toBe(area);
        expect(areaOf(of.map(({ score, positive }) => ({ score: Math.exp(score), positive })))).toBe(area);
      }),
    );
  });

  it("orders infinite scores, and says NaN where there is none", () => {
    const { POSITIVE_INFINITY: more, NEGATIVE_INFINITY: less } = Number;
    expect(auroc([less, 0, more, more], [false, false, true, true])).toBe(1);
    expect(auroc([1, 2], [true, true])).toBeNaN();
    expect(auroc([1, Number.NaN], [true, false])).toBeNaN();
    expect(() => auroc([1], [])).toThrowError("1 scores are not of 0 samples");
  });

  it("of several classes leaves out those that no sample is of", () => {
    const probabilities = Float64Array.of(0.7, 0.2, 0.1, 0.3, 0.6, 0.1);
    expect(macroAuroc(probabilities, [0, 1], 3)).toBe(1);
    expect(macroAuroc(probabilities, [0, 0], 3)).toBeNaN();
    expect(macroAuroc(Float64Array.of(0.7, Number.NaN, 0.3, 0.6), [0, 1], 2)).toBeNaN();
  });

  it("takes probabilities that sum to 1, of logits as large as they come", () => {
    const found = softmaxRows(Float32Array.of(1000, -1000, 0, 0), 2);
    expect([...found]).toEqual([1, 0, 0.5, 0.5]);
  });
});
