import { describe, expect, it } from "vitest";
import { claimsOf, unmet } from "./claims.js";

const text = `
console.log(1);
// → first
// → …
// → 94 % right
// --short → 87 % right

console.log(2);
// → last
// a comment → that claims nothing
`;

describe("what a tutorial says that it prints", () => {
  it("is told by its comments, for each form", () => {
    expect(claimsOf(text, "full")).toEqual(["first", "94 % right", "last"]);
    expect(claimsOf(text, "short")).toEqual(["87 % right", "last"]);
  });

  it("must be printed, in that order", () => {
    expect(unmet(["a", "c"], "a\nb\nc\n")).toBeUndefined();
    expect(unmet(["c", "a"], "a\nb\nc\n")).toBe("a");
    expect(unmet(["a", "a"], "a\n")).toBe("a");
    expect(unmet(["aa"], "a\n")).toBe("aa");
  });

  it("may be a percentage that is off by one, and nothing else", () => {
    expect(unmet(["94 % right"], "93 % right")).toBeUndefined();
    expect(unmet(["94 % right"], "92 % right")).toBe("94 % right");
    expect(unmet(["94 right"], "93 right")).toBe("94 right");
  });
});
