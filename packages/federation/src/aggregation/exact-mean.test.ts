import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactMean } from "./exact-mean.js";

interface Update {
  readonly weight: number;
  readonly values: Float32Array;
}

const MAX_ABS = 4096;
const ELEMENTS = 7;

const updates: fc.Arbitrary<Update[]> = fc.array(
  fc.record({
    weight: fc.integer({ min: 1, max: 100_000 }),
    values: fc.float32Array({ minLength: ELEMENTS, maxLength: ELEMENTS, min: -MAX_ABS, max: MAX_ABS, noNaN: true }),
  }),
  { minLength: 1, maxLength: 12 },
);

const optionsFor = (all: readonly Update[]) => ({
  elements: ELEMENTS,
  maxWeight: all.reduce((sum, { weight }) => sum + weight, 0),
  maxAbs: MAX_ABS,
});

function addTo(mean: ExactMean, { weight, values }: Update, slice = ELEMENTS): void {
  mean.addWeight(weight);
  for (let at = 0; at < ELEMENTS; at += slice) mean.add(at, values.subarray(at, at + slice), weight);
}

function meanOf(order: readonly Update[], slice?: number): Float32Array {
  const mean = new ExactMean(optionsFor(order));
  for (const update of order) addTo(mean, update, slice);
  return mean.mean();
}

const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];

describe("the exact mean", () => {
  it("is the same bytes in any order, in slices of any length", () => {
    const shuffled = updates.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: ELEMENTS }), ([all, order], slice) => {
        expect(bits(meanOf(order, slice))).toEqual(bits(meanOf(all)));
      }),
    );
  });

  it("is the same bytes however the updates are split over accumulators", () => {
    fc.assert(
      fc.property(updates, fc.nat(12), (all, cut) => {
        const [left, right] = [new ExactMean(optionsFor(all)), new ExactMean(optionsFor(all))];
        for (const update of all.slice(0, cut)) addTo(left, update);
        for (const update of all.slice(cut)) addTo(right, update);
        if (right.weight > 0) left.merge(right);
        if (left.weight > 0) expect(bits(left.mean())).toEqual(bits(meanOf(all)));
      }),
    );
  });

  it("is the weighted mean in float64, to the last bits of float32", () => {
    fc.assert(
      fc.property(updates, (all) => {
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        for (const [index, value] of meanOf(all).entries()) {
          const reference = all.reduce((sum, { weight, values }) => sum + weight * (values[index] ?? 0), 0) / total;
          expect(Math.abs(value - reference)).toBeLessThanOrEqual(
            Math.abs(reference) * 2 ** -24 + all.length * MAX_ABS * 2 ** -51,
          );
        }
      }),
    );
  });

  it("of equal updates is that update", () => {
    const values = Float32Array.of(0, 1, -1, 0.1, -4096, 1e-3, 0.7);
    expect(
      meanOf([
        { weight: 24_754, values },
        { weight: 17_181, values },
        { weight: 18_065, values },
      ]),
    ).toEqual(values);
  });

  it("weights by samples", () => {
    const ones = { weight: 1, values: new Float32Array(ELEMENTS).fill(1) };
    const fours = { weight: 2, values: new Float32Array(ELEMENTS).fill(4) };
    expect(meanOf([ones, fours])).toEqual(new Float32Array(ELEMENTS).fill(3));
  });

  it("refuses weights beyond what was announced, values beyond the model, and bounds without room", () => {
    const mean = new ExactMean({ elements: 2, maxWeight: 10, maxAbs: 1 });
    expect(() => mean.mean()).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(() => mean.addWeight(11)).toThrow(expect.objectContaining({ code: "sample_count_invalid" }));
    expect(() => mean.addWeight(Number.NaN)).toThrow(expect.objectContaining({ code: "sample_count_invalid" }));
    expect(() => mean.add(1, new Float32Array(2), 1)).toThrow(
      expect.objectContaining({ code: "update_shape_mismatch" }),
    );
    expect(() => new ExactMean({ elements: 1, maxWeight: 2 ** 40, maxAbs: 4096 })).toThrow(
      expect.objectContaining({ code: "sample_count_invalid" }),
    );
  });
});
