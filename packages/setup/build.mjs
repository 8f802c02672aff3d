import { installed, root } from "./folders.mjs";
import { run } from "./run.mjs";
import { SetupError } from "./setup-error.mjs";

/** @typedef {import("./report.mjs").Report} Report */

/**
 * Builds the packages whose sources changed, in the order of their imports; Turborepo knows which.
 *
 * @param {Report} report
 * @throws {SetupError}
 */
export async function buildPackages(report) {
  await report.step("build: turbo run build", async () => {
    const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
    const args = [installed("turbo/bin/turbo"), "run", "build", "--output-logs=new-only", "--no-color"];
    const { ok, output } = await run(process.execPath, args, { cwd: root, env });
    if (!ok) {
      const first = /^\S+:build: (.*error TS\d+.*)$/m.exec(output)?.[1];
      throw new SetupError(
        `the build failed${first === undefined ? "" : `: ${first}`}`,
        "npm run build shows all of it",
      );
    }
    const [, cached, total] = /Cached:\s+(\d+) cached, (\d+) total/.exec(output) ?? [];
    return { said: `${total} packages, ${cached} of them unchanged`, idle: cached === total };
  });
}
