import { describe, expect, it } from "vitest";
import { checkJobSpec } from "./parse-job-spec.js";
import { specDifferences } from "./spec-differences.js";

const spec = (more: object) => checkJobSpec({ model: "lenet5", dataset: "mnist", ...more });

describe("the differences of two JobSpecs", () => {
  it("are none of a spec and itself", () => {
    expect(specDifferences(spec({}), spec({}))).toEqual([]);
  });

  it("name each field that has another value, or is in one only", () => {
    const found = specDifferences(spec({ rounds: 5 }), spec({ rounds: 6, cohort: { size: 2 } }));
    expect(found).toEqual([
      { field: "rounds", here: "5", there: "6" },
      { field: "cohort.size", here: "–", there: "2" },
    ]);
  });
});
