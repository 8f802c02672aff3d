import { expect, it } from "vitest";
import { median, quantile } from "./report.js";

it("medians and quantiles are NumPy's", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8, 12);
});
