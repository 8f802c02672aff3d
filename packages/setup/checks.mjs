import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { installed, root, stateFolder } from "./folders.mjs";
import { run } from "./run.mjs";
import { line, readTotals } from "./vitest-report.mjs";

/** @typedef {import("./vitest-report.mjs").Totals} Totals */
/**
 * @typedef {object} CheckResult
 * @property {boolean} ok
 * @property {string} said the result in a few words
 * @property {string} output of the tool, to show when it failed
 * @property {Totals} [totals] tests only
 *
 * @typedef {object} Check
 * @property {string} doing
 * @property {(env: NodeJS.ProcessEnv) => Promise<CheckResult>} run
 */

/** The projects of vitest.config.ts. */
export const testProjects = ["unit", "e2e", "browser"];

/** @param {string} project @returns {string} the file that vitest's JSON reporter leaves */
export const reportOf = (project) => join(stateFolder, "reports", `${project}.json`);

/** The dashboard in a browser; skipped where there is none. @type {Check} */
export const browserTests = { doing: "browser tests: vitest, playwright, axe-core", run: tests("browser") };

/** What `npm test` does after the set-up. Types are checked by the build. @type {readonly Check[]} */
export const checks = [
  { doing: "format and lint: biome", run: tool("@biomejs/biome/bin/biome", ["check", "."]) },
  { doing: "unused code: knip", run: tool("knip/bin/knip.js", []) },
  {
    doing: "import rules: dependency-cruiser",
    run: tool("dependency-cruiser/bin/dependency-cruise.mjs", [
      ...["--config", ".dependency-cruiser.cjs"],
      ...["packages", "bench", "test", "docs/tutorials"],
    ]),
  },
  { doing: "unit tests: vitest", run: tests("unit") },
  { doing: "end-to-end tests: vitest", run: tests("e2e") },
  browserTests,
];

/**
 * @param {string} script
 * @param {string[]} args
 * @returns {Check["run"]}
 */
function tool(script, args) {
  return async (env) => {
    const { ok, output } = await run(process.execPath, [installed(script), ...args], { cwd: root, env });
    return { ok, said: ok ? "clean" : "failed", output };
  };
}

/**
 * @param {string} project
 * @returns {Check["run"]}
 */
function tests(project) {
  const report = reportOf(project);
  return async (env) => {
    mkdirSync(dirname(report), { recursive: true });
    rmSync(report, { force: true });
    const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
    const args = [installed("vitest/vitest.mjs"), "run", "--project", project, ...reporters];
    const { ok, output } = await run(process.execPath, args, { cwd: root, env });
    const totals = readTotals(report);
    return { ok: ok && totals.failed === 0, said: line(totals), output, totals };
  };
}
