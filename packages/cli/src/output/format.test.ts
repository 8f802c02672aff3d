import { describe, expect, it } from "vitest";
import { bytes, count, duration, percent, wholeSeconds } from "./format.js";

describe("figures for people", () => {
  it.each([
    [bytes(0), "0 B"],
    [bytes(1023), "1023 B"],
    [bytes(6_653_480), "6.3 MiB"],
    [duration(350), "350 ms"],
    [duration(59_940), "59.9 s"],
    [duration(250_000), "4 min 10 s"],
    [duration(7_500_000), "2 h 5 min"],
    [wholeSeconds(-5), "0 s"],
    [wholeSeconds(7_990), "7 s"],
    [wholeSeconds(250_000), "4 min 10 s"],
    [percent(0.9629), "96.29 %"],
    [percent(null), "–"],
    [count(24_754), "24,754"],
  ])("%s", (text, expected) => {
    expect(text).toBe(expected);
  });
});
