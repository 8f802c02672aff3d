import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Minutes each, and short to read: without a word of the last run vitest would leave them for the end, where only one core is at work. */
const LONG = /[/](faults|sessions|schemathesis)[.]test[.]ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (LONG.test(moduleId) ? 0 : 1);
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "bench/src/**/*.test.ts", "packages/setup/**/*.test.mjs"],
          // Many of these tests wait for a socket, a disk or a timer: on two cores, too, two files go faster than one.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Backends load and compile on first use.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // What is waited for ends the wait; a busy machine only takes longer.
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/src/**/*.test.ts", "test/faults/src/**/*.test.ts"],
          // No process of a test may print a secret.
          setupFiles: ["test/src/support/outputs.ts"],
          // Real federations, two at a time: they wait for deadlines, disks and each other more than they compute.
          maxWorkers: 2,
          maxConcurrency: 2,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/src/**/*.test.ts"],
          setupFiles: ["test/src/support/outputs.ts"],
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
