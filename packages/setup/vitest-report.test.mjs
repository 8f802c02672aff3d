import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { line, readTotals, sum } from "./vitest-report.mjs";

/** @type {string} */
let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** @param {unknown} testResults */
async function totalsOf(testResults) {
  const file = join(folder, "unit.json");
  await writeFile(file, JSON.stringify({ testResults }));
  return readTotals(file);
}

describe("the totals of a test run", () => {
  it("count passed, failed and all other tests", async () => {
    const statuses = ["passed", "passed", "failed", "pending", "todo"];
    const assertionResults = statuses.map((status) => ({ status }));
    expect(await totalsOf([{ status: "failed", assertionResults }])).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it("count a file that could not be run as a failure", async () => {
    expect(await totalsOf([{ status: "failed", assertionResults: [] }])).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("count a missing report as a failure", () => {
    expect(readTotals(join(folder, "e2e.json"))).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("are summed over the projects and said in one line", () => {
    const totals = [
      { passed: 1, failed: 0, skipped: 0 },
      { passed: 2, failed: 3, skipped: 4 },
    ];
    expect(line(sum(totals))).toBe("3 passed, 3 failed, 4 skipped");
  });
});
