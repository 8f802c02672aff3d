import { software } from "@tributary/worker";
import { Command } from "commander";
import { coordinator } from "./commands/coordinator.js";
import { data } from "./commands/data.js";
import { demo } from "./commands/demo.js";
import { doctor } from "./commands/doctor.js";
import { job } from "./commands/job.js";
import { model } from "./commands/model.js";
import { worker } from "./commands/worker.js";
import { workers } from "./commands/workers.js";

/** Every command: a file each. */
const commands = [demo, coordinator, worker, job, model, workers, data, doctor];

/** The `tributary` command. Exit codes: 0 done, 1 failed, 2 called wrongly. */
export function program(): Command {
  const root = new Command("tributary").description("Federated learning for TypeScript").version(software);
  for (const command of commands) root.addCommand(command());
  forEach(root, (command) => {
    command.showHelpAfterError(`(${nameOf(command)} --help says more)`).showSuggestionAfterError();
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
