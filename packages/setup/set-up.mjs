import { buildPackages } from "./build.mjs";
import { installDependencies } from "./dependencies.mjs";
import { whileLocked } from "./lock.mjs";
import { provisionNative } from "./native.mjs";

/** @typedef {import("./report.mjs").Report} Report */

/**
 * Brings a clone to where its programs run: dependencies from the lock file, the build, the native backend. A step whose work
 * is done already takes a moment.
 *
 * @param {Report} report
 * @throws {import("./setup-error.mjs").SetupError}
 */
export function setUp(report) {
  return whileLocked(report, async () => {
    await installDependencies(report);
    await buildPackages(report);
    await provisionNative(report);
  });
}
