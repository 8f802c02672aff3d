import { describe, expect, it } from "vitest";
import { progressBar, sparkline } from "./charts.js";

describe("a progress bar", () => {
  it.each<[number, number, string]>([
    [0, 4, "░░░░"],
    [0.5, 4, "██░░"],
    [0.99, 4, "███░"],
    [1, 4, "████"],
    [7, 4, "████"],
    [-1, 4, "░░░░"],
    [Number.NaN, 4, "░░░░"],
    [0.5, 0, ""],
  ])("of %d on %d columns", (fraction, width, expected) => {
    expect(progressBar(fraction, width)).toBe(expected);
  });
});

describe("a sparkline", () => {
  it.each<[string, readonly number[], number, string]>([
    ["goes from the lowest to the highest", [0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"],
    ["takes means where it is narrow", [0, 0, 4, 4, 8, 8], 3, "▁▄█"],
    ["leaves out what is no number", [1, Number.NaN, 2, Number.POSITIVE_INFINITY], 9, "▁█"],
    ["is flat when nothing changes", [3, 3, 3], 9, "▅▅▅"],
    ["is nothing without values", [], 9, ""],
    ["is nothing without room", [1, 2], 0, ""],
  ])("%s", (_, values, width, expected) => {
    expect(sparkline(values, width)).toBe(expected);
  });

  it("is as wide as there is room, for any number of values", () => {
    const values = Array.from({ length: 10_000 }, (_, at) => at);
    for (const width of [1, 7, 60]) expect(sparkline(values, width)).toHaveLength(width);
  });
});
