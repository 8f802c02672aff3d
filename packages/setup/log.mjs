import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "./folders.mjs";

let file = join(stateFolder, "setup.log");

/** @returns {string} where the details are */
export const logFile = () => file;

/**
 * Starts an empty log.
 *
 * @param {string} command
 */
export function openLog(command) {
  file = join(stateFolder, `${command}.log`);
  rmSync(file, { force: true });
  log(`${new Date().toISOString()} node ${process.version} ${process.platform} ${process.arch}`);
}

/** @param {string | Buffer} text a line, or a piece of a program's output */
export function log(text) {
  try {
    mkdirSync(stateFolder, { recursive: true });
    appendFileSync(file, typeof text === "string" ? `${text}\n` : text);
  } catch {
    // A folder that cannot be written to must not stop a command that needs no set-up.
  }
}
