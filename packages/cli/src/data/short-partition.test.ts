import { describe, expect, it } from "vitest";
import { partitionOf } from "./short-partition.js";

describe("a partition in one word", () => {
  it.each([
    ["iid", { kind: "iid", shards: 10 }],
    ["dirichlet:0.5", { kind: "dirichlet", shards: 10, alpha: 0.5 }],
    ["shards:2", { kind: "label-shards", shards: 10, piecesEach: 2 }],
    ["labels:3", { kind: "labels-per-client", shards: 10, labelsEach: 3 }],
    ["similarity:0.1", { kind: "similarity", shards: 10, share: 0.1 }],
    ["size-skew:0", { kind: "size-skew", shards: 10, exponent: 0 }],
    ["by-id", { kind: "natural-id", shards: 10 }],
  ])("%s", (text, spec) => {
    expect(partitionOf(text, 10)).toEqual(spec);
  });

  it.each([
    "",
    "iid:2",
    "dirichlet",
    "dirichlet:0",
    "dirichlet:-1",
    "dirichlet:1e9",
    "shards:1.5",
    "shards:0",
    "labels",
    "similarity",
    "similarity:1.1",
    "size-skew:11",
    "by-id:3",
    "toString",
    "constructor:1",
    "IID",
  ])("%j is none", (text) => {
    expect(() => partitionOf(text, 10)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  it("that is misspelt is named", () => {
    expect(() => partitionOf("dirichlt:0.5", 10)).toThrow(/dirichlt:0\.5 is no way .*; did you mean dirichlet\?$/);
  });
});
