import { stream } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { logGamma, symmetricDirichlet } from "./gamma.js";

describe("gamma variates", () => {
  // The mean and the variance of Gamma(shape, 1) are both its shape.
  it.each([0.1, 0.5, 1, 2.5, 40])("of shape %d have its mean and its variance", (shape) => {
    const random = stream(1, "gamma", String(shape));
    const count = 50_000;
    const values = Array.from({ length: count }, () => Math.exp(logGamma(random, shape)));
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    // Four standard errors; that of the variance grows with the excess kurtosis, 6 / shape.
    expect(Math.abs(mean / shape - 1)).toBeLessThan(4 * Math.sqrt(1 / shape / count));
    expect(Math.abs(variance / shape - 1)).toBeLessThan(4 * Math.sqrt((2 + 6 / shape) / count));
  });
});

describe("fractions of a symmetric Dirichlet distribution", () => {
  it.each([1e-9, 0.01, 1, 1e9])("add up to 1 with alpha %d", (alpha) => {
    const fractions = symmetricDirichlet(stream(1, "fractions"), 7, alpha);
    expect(fractions.reduce((sum, fraction) => sum + fraction, 0)).toBeCloseTo(1, 12);
    expect(fractions.every((fraction) => fraction >= 0)).toBe(true);
  });

  // Each of k fractions has mean 1 / k and variance (k - 1) / (k^2 (k alpha + 1)).
  it("have the variance of the distribution", () => {
    const random = stream(1, "variance");
    const values = Array.from({ length: 20_000 }, () => symmetricDirichlet(random, 4, 0.5)[0] ?? 0);
    const variance = values.reduce((sum, value) => sum + (value - 0.25) ** 2, 0) / values.length;
    expect(variance).toBeCloseTo(3 / (16 * 3), 2);
  });
});
