import { describe, expect, it } from "vitest";
import { cut, span, widthOf, wrap } from "./line.js";

describe("text on a screen", () => {
  it("has nothing that a terminal would obey", () => {
    expect(span("a\u001b[2Jb\nc\u202ed").text).toBe("a [2Jb c d");
  });

  it.each<[string, number, string]>([
    ["alice", 5, "alice"],
    ["alice", 4, "ali…"],
    ["alice", 1, "…"],
    ["alice", 0, ""],
    ["工作节点", 5, "工作…"],
    ["👩‍🔬👩‍🔬", 3, "👩‍🔬…"],
  ])("%s is cut to %d columns", (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
    expect(widthOf(expected)).toBeLessThanOrEqual(width);
  });

  it.each<[string, number, number, readonly string[]]>([
    ["", 10, 3, []],
    ["the machines move", 20, 3, ["the machines move"]],
    ["the machines move", 12, 3, ["the machines", "move"]],
    ["the machines move", 8, 2, ["the", "machine…"]],
    ["aaaaaaaaaa bb", 5, 3, ["aaaaa", "aaaaa", "bb"]],
    ["abc", 0, 2, ["a", ""]],
  ])("%j is wrapped to %d columns and %d lines", (text, width, most, expected) => {
    expect(wrap(text, width, most)).toEqual(expected);
  });
});
