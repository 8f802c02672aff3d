import { text } from "node:stream/consumers";
import { Argument, Command, Option } from "commander";
import type { Found } from "../completion/ask.js";
import { type AskedName, askedNames } from "../completion/asked.js";
import { bashScript } from "../completion/bash.js";
import { type CommandPlace, commandPlaces } from "../completion/command-places.js";
import { fishScript } from "../completion/fish.js";
import { zshScript } from "../completion/zsh.js";
import { printJson } from "../output/print.js";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (places: readonly CommandPlace[]) => string
>;

/** How a shell takes a word and what is said about it. */
const formats = {
  bash: ({ word }) => word,
  zsh: ({ word, about }) => `${word.replaceAll(":", "\\:")}:${about}`,
  fish: ({ word, about }) => `${word}\t${about}`,
} satisfies Record<string, (found: Found) => string>;

/**
 * `tributary completion`: a script by which a shell completes commands, options and their choices.
 * @param all the whole command, with all that there are below it
 */
export const completion = (all: () => Promise<Command>): Command =>
  new Command("completion")
    .description("print a script by which a shell completes commands, options and their choices")
    .addArgument(new Argument("<shell>", "which one").choices(Object.keys(scripts)))
    // The scripts ask by it, with the line up to the cursor on the standard input.
    .addOption(
      new Option("--values <name>", "print names that the coordinator knows")
        .choices(askedNames)
        .hideHelp()
        .conflicts("json"),
    )
    .option("--json", "print JSON: shell and script")
    .addHelpText(
      "after",
      `
Names of jobs, workers and webhooks are those of the coordinator that the line or the environment names (--token-file,
TRIBUTARY_TOKEN_FILE …); where it does not answer in a second, there are none.

For every new shell:
  bash  echo 'source <(tributary completion bash)' >> ~/.bashrc
  zsh   echo 'source <(tributary completion zsh)' >> ~/.zshrc, after compinit
  fish  tributary completion fish > ~/.config/fish/completions/tributary.fish

Examples:
  tributary completion bash
  tributary completion zsh
  tributary completion fish`,
    )
    .action(async (shell: keyof typeof scripts, { values, json }: CompletionOptions) => {
      if (values !== undefined) return printValues(shell, values);
      const script = scripts[shell](commandPlaces(await all()));
      if (json) printJson({ shell, script });
      else process.stdout.write(script);
    });

interface CompletionOptions {
  readonly values?: AskedName;
  readonly json?: boolean;
}

/** Somebody sits at a prompt and waits: whatever goes wrong, there is nothing to say, and soon. */
async function printValues(shell: keyof typeof formats, name: AskedName): Promise<void> {
  const { ask, ASK_MS } = await import("../completion/ask.js");
  const timer = setTimeout(() => process.exit(0), ASK_MS);
  try {
    const found = await ask(name, await text(process.stdin));
    process.stdout.write(found.map((one) => `${formats[shell](one)}\n`).join(""));
  } catch {
    // No coordinator, another token, half an option.
  }
  clearTimeout(timer);
}
