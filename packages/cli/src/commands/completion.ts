import { Argument, Command } from "commander";
import { bashScript } from "../completion/bash.js";
import { type CommandPlace, commandPlaces } from "../completion/command-places.js";
import { fishScript } from "../completion/fish.js";
import { zshScript } from "../completion/zsh.js";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (places: readonly CommandPlace[]) => string
>;

/**
 * `tributary completion`: a script by which a shell completes commands, options and their choices.
 * @param all the whole command, with all that there are below it
 */
export const completion = (all: () => Promise<Command>): Command =>
  new Command("completion")
    .description("print a script by which a shell completes commands, options and their choices")
    .addArgument(new Argument("<shell>", "which one").choices(Object.keys(scripts)))
    .addHelpText(
      "after",
      `
For every new shell:
  bash  echo 'source <(tributary completion bash)' >> ~/.bashrc
  zsh   echo 'source <(tributary completion zsh)' >> ~/.zshrc, after compinit
  fish  tributary completion fish > ~/.config/fish/completions/tributary.fish

Examples:
  tributary completion bash
  tributary completion zsh
  tributary completion fish`,
    )
    .action(async (shell: keyof typeof scripts) => {
      process.stdout.write(scripts[shell](commandPlaces(await all())));
    });
