import { Command } from "commander";
import { coordinatorOption, tokenOptions } from "../options.js";

/** A command that speaks to a coordinator. */
export function clientCommand(name: string, description: string): Command {
  const command = new Command(name).description(description).addOption(coordinatorOption());
  for (const option of tokenOptions()) command.addOption(option);
  return command.option("--json", "print JSON");
}
