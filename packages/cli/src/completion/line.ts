import { homedir } from "node:os";
import { Command } from "commander";
import { type ClientFlags, coordinatorOption, tokenOptions } from "../options.js";

/** A line up to the cursor, as a shell has it. */
export interface Line {
  /** Words before the one that is completed. */
  readonly before: readonly string[];
  /** What there is of it; of `--option=value` the value. */
  readonly begun: string;
}

/** Parts a line as a shell does, as far as words, quotes and a home folder go. What variables or commands give is not known. */
export function partLine(line: string): Line {
  // The shell has put a newline at its end.
  const words = line.replace(/\n$/, "").match(/(?:[^\s"'\\]|\\.|"[^"]*"?|'[^']*'?)+|\s$/gs) ?? [];
  const plain = words.map((word) =>
    word
      .trim()
      .replace(/\\(.)|["']/gs, "$1")
      .replace(/^~(?=\/)/, homedir()),
  );
  return { before: plain.slice(0, -1), begun: (plain.at(-1) ?? "").replace(/^--[\w-]+=/, "") };
}

/** How the coordinator is reached, by the options of a line and the environment. @throws CommanderError an option has no value */
export function clientFlagsOf(words: readonly string[]): ClientFlags {
  const command = new Command().addOption(coordinatorOption()).helpOption(false);
  for (const option of tokenOptions()) command.addOption(option);
  command
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse([...words], { from: "user" }).opts<ClientFlags>();
}
