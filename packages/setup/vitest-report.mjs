import { readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */
/** @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult */

/**
 * Counts what vitest's JSON reporter wrote. A file that could not be run, and a report that was never written, count as one
 * failure each, so that a crash does not look like fewer tests.
 *
 * @param {string} file
 * @returns {Totals}
 */
export function readTotals(file) {
  /** @type {FileResult[]} */
  let results;
  try {
    results = JSON.parse(readFileSync(file, "utf8")).testResults;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  return sum(results.map(totalsOf));
}

/** @param {FileResult} result @returns {Totals} */
function totalsOf({ status, assertionResults }) {
  const count = (/** @type {string} */ wanted) => assertionResults.filter((test) => test.status === wanted).length;
  const [passed, failed] = [count("passed"), count("failed")];
  const crashed = status === "failed" && failed === 0 ? 1 : 0;
  return { passed, failed: failed + crashed, skipped: assertionResults.length - passed - failed };
}

/** @param {readonly Totals[]} all @returns {Totals} */
export function sum(all) {
  const add = (/** @type {keyof Totals} */ key) => all.reduce((total, one) => total + one[key], 0);
  return { passed: add("passed"), failed: add("failed"), skipped: add("skipped") };
}

/** @param {Totals} totals @returns {string} the line that people and machines read */
export const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
