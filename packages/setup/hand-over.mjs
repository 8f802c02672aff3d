import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { root } from "./folders.mjs";

/** The programs that the build leaves. */
export const program = {
  tributary: join(root, "packages/cli/dist/main.js"),
  bench: join(root, "bench/dist/main.js"),
  faults: join(root, "test/faults/dist/main.js"),
  fuzz: join(root, "test/dist/fuzz/main.js"),
  soak: join(root, "test/dist/soak/main.js"),
};

/**
 * Runs a program of the build in this terminal, and passes on the signals that only this process gets.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code; 128 + n after signal n, as shells have it
 */
export function hand(script, args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // A terminal sends SIGINT to the whole group; this process stays to tell the exit code.
  process.on("SIGINT", () => {});
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
  });
}
