import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TensorFlow } from "../backend/backend.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { type Clipping, checkClipping, clipGradients } from "./clipping.js";

const gradient = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1, maxLength: 5 });
const gradients = fc.array(gradient, { minLength: 1, maxLength: 4 });
const normOf = (values: number[]) => Math.hypot(...values);

const clipped = (tf: TensorFlow, given: number[][], clipping: Clipping): number[] =>
  tf.tidy(() =>
    clipGradients(
      tf,
      given.map((values) => tf.tensor1d(values)),
      clipping,
    ).flatMap((tensor) => [...tensor.dataSync()]),
  );

describeOnEachBackend("clipping", (open) => {
  it("by norm leaves the direction and no more than the norm, and short gradients alone", async () => {
    const { tf } = await open();
    fc.assert(
      fc.property(gradients, fc.constantFrom(0.5, 10, 1000), (given, norm) => {
        const before = normOf(given.flat());
        const factor = Math.min(1, norm / (before + 1e-6));
        const found = clipped(tf, given, { norm });
        expect(found).toEqual(given.flat().map((value) => expect.closeTo(value * factor, 3)));
        expect(normOf(found)).toBeLessThanOrEqual(Math.min(norm, before) * (1 + 1e-5));
      }),
      { numRuns: 25 },
    );
  });

  it("by both stays within both", async () => {
    const { tf } = await open();
    fc.assert(
      fc.property(gradients, (given) => {
        const found = clipped(tf, given, { norm: 5, value: 2 });
        expect(normOf(found)).toBeLessThanOrEqual(5 * (1 + 1e-5));
        for (const value of found) expect(Math.abs(value)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 25 },
    );
  });

  it("does not hide a NaN", async () => {
    const { tf } = await open();
    expect(clipped(tf, [[Number.NaN, 1]], { value: 0.5 })).toEqual([Number.NaN, 0.5]);
    expect(clipped(tf, [[Number.NaN, 1], [2]], { norm: 1 })).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it("of nothing, or by nothing, changes nothing", async () => {
    const { tf } = await open();
    expect(clipped(tf, [], { norm: 1, value: 1 })).toEqual([]);
    expect(clipped(tf, [[1, 200]], {})).toEqual([1, 200]);
  });
});

describe("limits", () => {
  it("are above 0", () => {
    expect(() => checkClipping({ norm: 0.1 })).not.toThrow();
    expect(() => checkClipping({})).not.toThrow();
    expect(() => checkClipping({ norm: 0 })).toThrowError("clipping: norm must be above 0, got 0");
    expect(() => checkClipping({ value: Number.NaN })).toThrowError(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
