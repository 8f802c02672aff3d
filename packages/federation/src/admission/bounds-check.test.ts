import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundsCheck } from "./bounds-check.js";

const checks = { wasm: new BoundsCheck(), javaScript: new BoundsCheck({ wasm: false }) };

it("lies in WebAssembly on this machine, unless it may not", () => {
  expect([checks.wasm.isWasm, checks.javaScript.isWasm]).toEqual([true, false]);
});

/** As it is defined. */
const within = (values: Float32Array, maxAbs: number) => values.every((value) => Math.abs(value) <= maxAbs);

describe.each(Object.entries(checks))("a check of bounds, by %s", (_, check) => {
  /** The values, in the slice. */
  const inSlice = (values: readonly number[]): Float32Array => {
    check.slice.set(values);
    return check.slice.subarray(0, values.length);
  };

  it("has room for a slice of a walk", () => {
    expect(check.slice).toHaveLength(256 * 1024);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5000, -5000, 4096.001])(
    "finds %d wherever it stands",
    (bad) => {
      for (const length of [1, 7, 8, 9, 16, 1003])
        for (let place = 0; place < length; place++) {
          const values = Array.from({ length }, (_, index): number => (index % 2 === 0 ? -4096 : 0));
          expect(check.areWithin(inSlice(values), 4096)).toBe(true);
          values[place] = bad;
          expect(check.areWithin(inSlice(values), 4096), `${place} of ${length}`).toBe(false);
        }
    },
  );

  it("says what a comparison of each value says, also of values elsewhere and of bounds that are no float32", () => {
    const value = fc.oneof(fc.float(), fc.constantFrom(0.1, -0.1, Math.fround(0.1), 1e-45, 3.4e38, -0));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 40 }),
        fc.double({ min: 1e-40, max: 1e38, noNaN: true }),
        (list, maxAbs) => {
          const values = Float32Array.from(list);
          expect(check.areWithin(values, maxAbs)).toBe(within(values, maxAbs));
          expect(check.areWithin(inSlice(list), maxAbs)).toBe(within(values, maxAbs));
          for (const bound of values.map(Math.abs).filter((entry) => entry > 0 && entry < Infinity))
            expect(check.areWithin(inSlice(list), bound)).toBe(within(values, bound));
        },
      ),
    );
  });
});
