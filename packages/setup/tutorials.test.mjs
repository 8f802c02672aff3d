import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./folders.mjs";
import { tutorialNames, tutorialProgram } from "./tutorials.mjs";

describe("the tutorials", () => {
  it("are found by their files, in the order of their numbers", () => {
    const names = tutorialNames();
    expect(names).toContain("series-0/1-bare-tensors");
    expect(names).toEqual([...names].sort());
    expect(names.filter((name) => name.startsWith("dist/"))).toEqual([]);
  });

  it.each(["series-0/1-bare-tensors", "docs/tutorials/series-0/1-bare-tensors.ts"])(
    "are run by name or path: %s",
    (asked) => {
      expect(tutorialProgram(asked)).toBe(join(root, "docs/tutorials/dist/series-0/1-bare-tensors.js"));
    },
  );

  it.each(["", "series-0", "../../packages/cli/src/main", "dist/series-0/1-bare-tensors"])(
    'are no other program: "%s"',
    (asked) => {
      expect(() => tutorialProgram(asked)).toThrow("there is no tutorial");
    },
  );
});
