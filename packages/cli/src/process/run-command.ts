import { type Command, CommanderError } from "commander";
import { reportError } from "../output/errors.js";

/** Runs the command that this process was called with. What goes wrong is told in a line, and ends the process. */
export async function runCommand(root: Command | Promise<Command>): Promise<void> {
  process.on("uncaughtException", (error) => {
    reportError(error);
    process.exit(1);
  });
  process.on("unhandledRejection", (error) => {
    reportError(error);
    process.exit(1);
  });
  try {
    await (await root).parseAsync();
  } catch (error) {
    // Commander has said what was wrong with the call.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else reportError(error);
  }
}
