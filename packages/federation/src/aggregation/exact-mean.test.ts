import { stream } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactMean } from "./exact-mean.js";
import { MeanMemory } from "./mean-memory.js";

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
  const contribution = mean.begin(weight);
  for (let at = 0; at < values.length; at += slice) contribution.add(values.subarray(at, at + slice));
  contribution.end();
}

function meanOf(order: readonly Update[], slice?: number): Float32Array {
  const mean = new ExactMean(optionsFor(order));
  for (const update of order) addTo(mean, update, slice);
  return mean.mean();
}

const bits = (values: Float32Array) => [...new Uint32Array(values.buffer)];

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

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
        left.merge(right);
        expect(bits(left.mean())).toEqual(bits(meanOf(all)));
      }),
    );
  });

  it("is the weighted mean of float64 within K * maxAbs * 2^-51, rounded to float32 once", () => {
    fc.assert(
      fc.property(updates, (all) => {
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        // Twice the bound: the reference itself rounds its sums.
        const onGrid = all.length * MAX_ABS * 2 ** -50;
        for (const [index, value] of meanOf(all).entries()) {
          const reference = all.reduce((sum, { weight, values }) => sum + weight * (values[index] ?? 0), 0) / total;
          expect(Math.abs(value - reference)).toBeLessThanOrEqual(Math.abs(reference) * 2 ** -24 + onGrid + 2 ** -149);
        }
      }),
    );
  });

  it("of equal updates is that update, where the steps of float32 are not finer than the grid", () => {
    fc.assert(
      fc.property(updates, (all) => {
        const [{ values }] = all as [Update];
        const equal = all.map(({ weight }) => ({ weight, values }));
        for (const [index, mean] of meanOf(equal).entries()) {
          const value = values[index] ?? 0;
          // From this size on, half a step of float32 is more than the mean can be off.
          if (Math.abs(value) >= all.length * MAX_ABS * 2 ** -26) expect(mean).toBe(value);
          else expect(Math.abs(mean - value)).toBeLessThanOrEqual(all.length * MAX_ABS * 2 ** -51);
        }
      }),
    );
  });

  it("gives one update back bit for bit, the largest values as well", () => {
    const values = Float32Array.of(0, MAX_ABS, -MAX_ABS, 0.1, -1e-3, 1, 1 / 3);
    for (const weight of [1, 3, 600, 24_754, 99_999_999]) expect(meanOf([{ weight, values }])).toEqual(values);
  });

  it("makes +0 of -0 and of what is finer than its grid", () => {
    const values = Float32Array.of(-0, 0, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -60), 2 ** -60);
    expect(bits(meanOf([{ weight: 600, values }]))).toEqual(Array(ELEMENTS).fill(0));
  });

  it("stays exact at its limits: the whole weight at the largest value, and a large weight that did not come", () => {
    const largest = new Float32Array(ELEMENTS).fill(MAX_ABS);
    const many = Array.from({ length: 1_000 }, () => ({ weight: 100_000_000, values: largest }));
    expect(meanOf(many)).toEqual(largest);
    const mean = new ExactMean({ elements: ELEMENTS, maxWeight: 100_000_600, maxAbs: MAX_ABS });
    addTo(mean, { weight: 600, values: new Float32Array(ELEMENTS).fill(0.1) });
    for (const value of mean.mean()) expect(Math.abs(value - 0.1)).toBeLessThan(1e-6);
  });

  it("uses the memory of an earlier mean again, and nothing of what was in it", () => {
    const memory = new MeanMemory(ELEMENTS);
    memory.sums.fill(123);
    fc.assert(
      fc.property(updates, (all) => {
        const mean = new ExactMean({ ...optionsFor(all), memory });
        for (const update of all) addTo(mean, update);
        expect(bits(mean.mean())).toEqual(bits(meanOf(all)));
      }),
    );
  });

  it("loses no step where sums grow as large as they may and then cancel out", () => {
    // Weights of 2^17 in all and values up to 2^12: a power of two, so that nothing is rounded up to one.
    const [elements, maxWeight, scale] = [1_000, 2 ** 17, 2 ** (51 - 29)];
    const numbers = stream(1, "cancelling");
    const near = () => Float32Array.from({ length: elements }, () => numbers.uniform() + 0.5 - MAX_ABS);
    const [a, b] = [
      { weight: 2 ** 15 + 19_661 / 65_536, values: near() },
      { weight: 2 ** 15 + 26_213 / 65_536, values: near() },
    ];
    const rest = maxWeight - a.weight - b.weight;
    const c = {
      weight: rest,
      values: a.values.map((value, index) => -(a.weight * value + b.weight * (b.values[index] ?? 0)) / rest),
    };
    const expected = c.values.map((_, index) => {
      const parts = [a, b, c].map(({ weight, values }) => roundTiesToEven((values[index] ?? 0) * weight * scale));
      return Number(parts.reduce((sum, part) => sum + BigInt(part), 0n)) / (maxWeight * scale);
    });
    const orders = [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ];
    for (const order of orders) {
      const mean = new ExactMean({ elements, maxWeight, maxAbs: MAX_ABS });
      for (const update of order) addTo(mean, update, elements);
      expect(mean.mean()).toEqual(expected);
    }
  });

  it("weights by samples", () => {
    const ones = { weight: 1, values: new Float32Array(ELEMENTS).fill(1) };
    const fours = { weight: 2, values: new Float32Array(ELEMENTS).fill(4) };
    expect(meanOf([ones, fours])).toEqual(new Float32Array(ELEMENTS).fill(3));
  });

  it("answers for a part of the values", () => {
    const mean = new ExactMean({ elements: ELEMENTS, maxWeight: 1, maxAbs: MAX_ABS });
    addTo(mean, { weight: 1, values: Float32Array.of(0, 1, 2, 3, 4, 5, 6) });
    expect(mean.mean(2, 5)).toEqual(Float32Array.of(2, 3, 4));
  });
});

describe("the exact mean refuses", () => {
  const make = () => new ExactMean({ elements: 2, maxWeight: 10, maxAbs: 1 });
  const refused = (code: string, message?: string) =>
    expect.objectContaining(message === undefined ? { code } : { code, message });

  it.each([11, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])("the weight %d, where 10 were expected", (weight) => {
    expect(() => make().begin(weight)).toThrow(refused("sample_count_invalid"));
  });

  it("weights that pass together what was expected", () => {
    const mean = make();
    addTo(mean, { weight: 6, values: new Float32Array(2) }, 2);
    expect(() => mean.begin(5)).toThrow(refused("sample_count_invalid"));
  });

  it.each([1.5, -1.5, Number.NaN, Number.POSITIVE_INFINITY])("the value %d, where 1 is the most", (value) => {
    const message = `value 1 is ${value}; 1 at most`;
    expect(() => make().begin(1).add(Float32Array.of(0.5, value))).toThrow(refused("update_out_of_range", message));
  });

  it("an update with more or fewer values than the model", () => {
    expect(() => make().begin(1).add(new Float32Array(3))).toThrow(refused("update_shape_mismatch"));
    const short = make().begin(1);
    short.add(new Float32Array(1));
    expect(() => short.end()).toThrow(refused("update_shape_mismatch", "an update has 1 of 2 values"));
  });

  it("more of an update that has ended", () => {
    const contribution = make().begin(1);
    contribution.add(new Float32Array(2));
    contribution.end();
    expect(() => contribution.add(new Float32Array(1))).toThrow(refused("update_shape_mismatch"));
    expect(() => contribution.end()).toThrow(refused("update_shape_mismatch"));
  });

  it("a mean of nothing, or with an update that was added in part", () => {
    const mean = make();
    expect(() => mean.mean()).toThrow(refused("conflict"));
    mean.begin(1).add(new Float32Array(1));
    expect(() => mean.mean()).toThrow(refused("conflict", "an update was added in part only"));
    expect(() => make().merge(mean)).toThrow(refused("conflict"));
  });

  it("sums of another accumulator with other bounds", () => {
    const other = new ExactMean({ elements: 2, maxWeight: 10, maxAbs: 2 });
    expect(() => make().merge(other)).toThrow(refused("update_shape_mismatch"));
  });

  it.each([
    { maxWeight: 0, maxAbs: 1 },
    { maxWeight: Number.NaN, maxAbs: 1 },
    { maxWeight: Number.POSITIVE_INFINITY, maxAbs: 1 },
    { maxWeight: 1, maxAbs: 1e-300 },
  ])("bounds that no sum fits: $maxWeight * $maxAbs", (bounds) => {
    expect(() => new ExactMean({ elements: 1, ...bounds })).toThrow(refused("sample_count_invalid"));
  });
});
