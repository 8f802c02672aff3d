import { log, logFile, openLog } from "../log.mjs";
import { reasonOf, SetupError } from "../setup-error.mjs";

/**
 * Runs a command and ends the process with its exit code. What goes wrong is said in one line, with a hint.
 *
 * @param {string} name of the command and of its log
 * @param {() => Promise<number>} body gives the exit code
 */
export async function main(name, body) {
  openLog(name);
  try {
    process.exitCode = await body();
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof Error) log(error.stack ?? error.message);
    console.error(`error: ${reasonOf(error)}`);
    if (error instanceof SetupError && error.hint !== undefined) console.error(`hint: ${error.hint}`);
    console.error(`details: ${logFile()}`);
  }
}
