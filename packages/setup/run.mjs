import { spawn } from "node:child_process";
import { log } from "./log.mjs";

/** Bytes of output that are kept in memory, from the end; the log has all of it. */
const KEPT_OUTPUT = 256 * 1024;

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] replaces the environment
 * @property {number} [stallMs] ends the program when it made no progress for so long; default: never
 * @property {() => unknown} [progress] a value that changes while the program makes progress; its output counts anyway
 *
 * @typedef {object} RunResult
 * @property {boolean} ok it exited with 0
 * @property {number} code its exit code; 127 when there is no such program
 * @property {boolean} stalled it was ended because it made no progress
 * @property {string} output the end of what it wrote to stdout and stderr
 */

/**
 * Runs a program without a shell and without input. What it prints goes to the log.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, { cwd, env, stallMs, progress } = {}) {
  log(`$ ${[command, ...args].join(" ")}`);
  return new Promise((resolve) => {
    // A group of its own, so that a stalled program is ended together with the programs it started.
    const grouped = process.platform !== "win32";
    const child = spawn(command, args, { cwd, env, detached: grouped, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let stalled = false;
    let movedAt = Date.now();
    let seen = progress?.();

    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(grouped ? -child.pid : child.pid, "SIGTERM");
      } catch {
        // It ended by itself in the meantime.
      }
    };
    /** @param {NodeJS.Signals} signal */
    const interrupted = (signal) => {
      end();
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    const watch = setInterval(() => {
      const now = progress?.();
      if (now !== seen) movedAt = Date.now();
      seen = now;
      if (stallMs === undefined || Date.now() - movedAt < stallMs) return;
      stalled = true;
      end();
    }, 500);

    /** @param {Buffer} chunk */
    const take = (chunk) => {
      movedAt = Date.now();
      log(chunk);
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);

    /** @param {number} code */
    const done = (code) => {
      clearInterval(watch);
      process.removeListener("SIGINT", interrupted).removeListener("SIGTERM", interrupted);
      resolve({ ok: code === 0, code, stalled, output });
    };
    child.once("error", (error) => {
      log(String(error));
      done(127);
    });
    child.once("close", (code) => done(code ?? 1));
  });
}
