import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
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
          // Real federations, one at a time: they share the machine's cores.
          fileParallelism: false,
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
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
