import { describe } from "vitest";
import { type Backend, type BackendName, backendNames } from "../backend/backend.js";
import { openBackend } from "../backend/open.js";
import { backendReport } from "../backend/report.js";

export const report = await backendReport();

const statusOf = (name: BackendName) => {
  const status = report[name];
  return status.works ? "" : ` (does not run here: ${status.reason})`;
};

/** Runs the same tests on each backend; on one that this machine lacks they are left out, and the title says why. */
export function describeOnEachBackend(title: string, tests: (open: () => Promise<Backend>) => void): void {
  for (const name of backendNames)
    describe.skipIf(!report[name].works)(`${title}, ${name}${statusOf(name)}`, () => tests(() => openBackend(name)));
}
