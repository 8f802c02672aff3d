import { createRequire } from "node:module";
import { Command } from "commander";
import { suggestChoices } from "./suggest-choices.js";

// By its name: a bundle has another folder than this file.
const { version }: { version: string } = createRequire(import.meta.url)("@tributary/cli/package.json");

/** The `tributary` command with these commands below it. Exit codes: 0 done, 1 failed, 2 called wrongly. */
export function root(commands: readonly Command[]): Command {
  const root = new Command("tributary")
    .description("Federated learning for TypeScript")
    .version(version)
    // Options after a command's name are that command's, at every depth.
    .enablePositionalOptions()
    .addHelpText("after", "\nExamples:\n  tributary doctor\n  tributary demo --rounds 10");
  for (const command of commands) root.addCommand(command);
  forEach(root, (command) => {
    command.showHelpAfterError(`(${nameOf(command)} --help says more)`).showSuggestionAfterError();
    suggestChoices(command);
    command.exitOverride();
  });
  return root;
}

function forEach(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const child of command.commands) forEach(child, act);
}

const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
