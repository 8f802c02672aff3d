import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelStatistics, labelCounts, normalisationOf, oneHot } from "./statistics.js";

describe("channel statistics", () => {
  it("are means and deviations of 8-bit values as fractions of 255", () => {
    const { mean, deviation } = channelStatistics({ values: Uint8Array.of(0, 255, 51, 51), shape: [2, 1, 2] });
    expect(mean).toEqual([0.5, 0.2]);
    expect(deviation).toEqual([0.5, 0]);
  });

  it("are those of float32 values as they are, each feature of a table by itself", () => {
    const { mean, deviation } = channelStatistics({ values: Float32Array.of(1, 10, 3, 30, 5, 50), shape: [2] });
    expect(mean).toEqual([3, 30]);
    expect(deviation[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(deviation[1]).toBeCloseTo(10 * Math.sqrt(8 / 3), 12);
  });

  it("lose no digits where the mean is far from 0", () => {
    const values = Float32Array.from({ length: 1_000 }, (_, index) => 1e6 + (index % 2));
    expect(channelStatistics({ values, shape: [1] }).deviation[0]).toBeCloseTo(0.5, 12);
  });

  it("normalise a channel without any difference by 1", () => {
    expect(normalisationOf({ values: new Uint8Array(4), shape: [1, 2, 2] }).deviation).toEqual([1]);
  });
});

describe("labels", () => {
  it("are counted", () => {
    expect(labelCounts({ labels: Uint8Array.of(0, 2, 2), classes: 4 })).toEqual([1, 0, 2, 0]);
  });

  it("become rows with a one at the class", () => {
    expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
    fc.assert(
      fc.property(fc.array(fc.nat(9)), (labels) => {
        const rows = oneHot(labels, 10);
        expect(rows.reduce((sum, value) => sum + value, 0)).toBe(labels.length);
        for (const [row, label] of labels.entries()) expect(rows[row * 10 + label]).toBe(1);
      }),
    );
  });

  it.each([[[3]], [[-1]], [[0.5]]])("%j are no rows of three classes", (labels) => {
    expect(() => oneHot(labels, 3)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});
