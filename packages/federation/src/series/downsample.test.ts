import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { downsample, type Point } from "./downsample.js";

const lines = fc
  .array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 2_000 })
  .map((values) => values.map((y, x): Point => [x, y]));

describe("downsampling a line", () => {
  it("keeps its ends, its lowest and its highest point, in order, and few enough", () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 50 }), (points, columns) => {
        const kept = downsample(points, columns);
        const heights = (all: readonly Point[]) => all.map(([, y]) => y);
        expect(kept[0]).toEqual(points[0]);
        expect(kept.at(-1)).toEqual(points.at(-1));
        expect(Math.min(...heights(kept))).toBe(Math.min(...heights(points)));
        expect(Math.max(...heights(kept))).toBe(Math.max(...heights(points)));
        expect(kept.map(([x]) => x)).toEqual(kept.map(([x]) => x).toSorted((a, b) => a - b));
        expect(kept.length).toBeLessThanOrEqual(Math.max(4 * columns, Math.min(points.length, 4 * columns)));
      }),
    );
  });

  it("leaves a short line as it is", () => {
    const points: Point[] = [
      [0, 1],
      [1, 3],
      [2, 2],
    ];
    expect(downsample(points, 10)).toBe(points);
  });
});
