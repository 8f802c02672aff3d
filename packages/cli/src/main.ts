#!/usr/bin/env node
import { CommanderError } from "commander";
import { reportError } from "./output/errors.js";
import { program } from "./program.js";

process.on("uncaughtException", (error) => {
  reportError(error);
  process.exit(1);
});
process.on("unhandledRejection", (error) => {
  reportError(error);
  process.exit(1);
});

try {
  await (await program(process.argv[2])).parseAsync();
} catch (error) {
  // Commander has said what was wrong with the call.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else reportError(error);
}
