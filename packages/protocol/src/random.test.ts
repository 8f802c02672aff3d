import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stream } from "./random.js";

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const names = fc.array(fc.oneof(fc.string(), fc.nat()), { maxLength: 4 });

describe("a random stream", () => {
  // Models are reproduced from their seeds, so these numbers can never change.
  // Source: SHA-256 and xoroshiro128+ written a second time, in Python.
  it("gives these bits for ever", () => {
    expect(draw(6, stream(1, "a").uint32)).toEqual([
      1_123_118_031, 568_310_405, 3_834_417_232, 2_243_740_955, 307_594_292, 2_318_083_511,
    ]);
    expect(draw(4, stream(Number.MAX_SAFE_INTEGER, "shuffle", 3, "alice").uint32)).toEqual([
      2_822_717_870, 1_967_707_107, 918_818_596, 1_750_453_948,
    ]);
  });

  it("makes these numbers of its bits for ever", () => {
    expect(draw(3, stream(1, "a").uniform)).toEqual([0.26149629155039844, 0.8927698323310289, 0.07161737635523724]);
    expect(draw(3, stream(1, "a").normal)).toEqual([0.6084878389346189, -0.4857991979416093, 0.144488167825367]);
    const { below } = stream(1, "a");
    expect(draw(10, () => below(10))).toEqual([1, 5, 2, 5, 2, 1, 3, 8, 6, 0]);
    expect(stream(1, "a").shuffle([...Array(10).keys()])).toEqual([8, 7, 3, 4, 6, 2, 9, 0, 5, 1]);
  });

  it("depends on its seed and its whole name, and on nothing drawn elsewhere", () => {
    const first = (seed: number, ...name: (string | number)[]) => stream(seed, ...name).uint32();
    const others = [first(2, "a"), first(1), first(1, "b"), first(1, "a", "b"), first(1, "ab"), first(1, "a", 1)];
    others.push(first(1, "a", "1"), first(1, '","a'), first(2 ** 53 - 1, "a"), first(2 ** 53 - 2, "a"));
    expect(new Set([first(1, "a"), ...others]).size).toBe(11);
    fc.assert(
      fc.property(seeds, names, names, (seed, name, other) => {
        const alone = draw(5, stream(seed, ...name).uint32);
        const beside = stream(seed, ...name);
        const neighbour = stream(seed, ...other);
        expect(
          draw(5, () => {
            neighbour.uint32();
            return beside.uint32();
          }),
        ).toEqual(alone);
      }),
    );
  });

  it("is uniform on [0, 1)", () => {
    const { uniform } = stream(1, "uniform");
    const values = draw(100_000, uniform);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // 10 cells, 9 degrees of freedom: chi-squared is above 27.9 once in a thousand seeds.
    const cells = new Array<number>(10).fill(0);
    for (const value of values) cells[Math.floor(value * 10)] = (cells[Math.floor(value * 10)] ?? 0) + 1;
    expect(cells.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  it("is normal with mean 0 and deviation 1", () => {
    const { normal } = stream(1, "normal");
    const values = draw(100_000, normal);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it("draws below any bound, every number alike", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const value = stream(seed, "below").below(bound);
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
      }),
    );
    // With a plain remainder of 32 bits the lower half of this bound would come twice as often as the upper.
    const bound = 3 * 2 ** 30;
    const { below } = stream(1, "bias");
    const lower = draw(30_000, () => below(bound)).filter((value) => value < 2 ** 30).length;
    expect(lower / 30_000).toBeCloseTo(1 / 3, 1);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("has no number below %d", (bound) => {
    expect(() => stream(1).below(bound)).toThrow(RangeError);
  });

  it("shuffles in place and loses nothing, in arrays and typed arrays alike", () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer()), (seed, items) => {
        const shuffled = [...items];
        expect(stream(seed).shuffle(shuffled)).toBe(shuffled);
        expect(Int32Array.from(shuffled)).toEqual(stream(seed).shuffle(Int32Array.from(items)));
        expect(shuffled.sort()).toEqual([...items].sort());
      }),
    );
  });

  it("shuffles into every order alike", () => {
    const random = stream(1, "orders");
    const orders = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const order = random.shuffle([1, 2, 3]).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    // 6 cells, 5 degrees of freedom: above 20.5 once in a thousand seeds.
    const chiSquared = [...orders.values()].reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(orders.size).toBe(6);
    expect(chiSquared).toBeLessThan(20.5);
  });
});
