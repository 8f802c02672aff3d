import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installed, root } from "./folders.mjs";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";

/** @typedef {import("./report.mjs").Report} Report */
/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */
/** @typedef {Record<string, LockedPackage>} LockedPackages by folder; "" is the project itself */

/** Ends npm when it made no progress for so long. */
const STALL_MS = 300_000;

/**
 * Installs what package-lock.json names, exactly, unless that is what is installed.
 *
 * @param {Report} report
 * @throws {SetupError}
 */
export async function installDependencies(report) {
  await report.step("dependencies: npm ci", async () => {
    const wanted = packagesOf(join(root, "package-lock.json"));
    const count = `${Object.keys(wanted).length} packages`;
    if (matches(wanted, packagesOf(installed(".package-lock.json")))) return { said: `${count} are there`, idle: true };
    // The build needs what a production install leaves out.
    const [npm, ...args] = npmCommand();
    const { ok, code, output } = await run(npm, [...args, "ci", "--include=dev", "--no-audit", "--no-fund"], {
      cwd: root,
      stallMs: STALL_MS,
    });
    if (!ok) {
      const reason =
        code === 127 ? "there is no npm" : (/^npm error (?!code )(.+)$/m.exec(output)?.[1] ?? "npm failed");
      throw new SetupError(
        `dependencies cannot be installed: ${reason.split(". ")[0]}`,
        "npm must reach its registry, and package-lock.json must belong to this version of the sources",
      );
    }
    return { said: count };
  });
}

/**
 * @param {string} lockFile
 * @returns {LockedPackages} empty when there is no such file
 */
function packagesOf(lockFile) {
  try {
    const { "": project, ...packages } = JSON.parse(readFileSync(lockFile, "utf8")).packages;
    return packages;
  } catch {
    return {};
  }
}

/**
 * Compares the lock file with the one that npm keeps of what it installed. A package that is optional may be missing: it is
 * for another platform.
 *
 * @param {LockedPackages} wanted
 * @param {LockedPackages} found
 * @returns {boolean}
 */
export function matches(wanted, found) {
  return (
    Object.entries(wanted).every(([folder, { version, integrity, optional, devOptional }]) => {
      const other = found[folder];
      if (other === undefined) return optional === true || devOptional === true;
      return other.version === version && other.integrity === integrity;
    }) && Object.keys(found).every((folder) => folder in wanted)
  );
}

/** @returns {[string, ...string[]]} the npm that runs this script, else the one on the PATH */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running?.endsWith("npm-cli.js")) return [process.execPath, running];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}
