import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, it } from "vitest";
import { program } from "./program.js";

const folder = new URL("../../../docs/guides/", import.meta.url);

/** Every call of `tributary` in the blocks of shell of the guides, without its comment. */
const calls = readdirSync(folder)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => {
    const blocks = readFileSync(new URL(name, folder), "utf8").matchAll(/```sh\n(.*?)```/gs);
    const lines = [...blocks].flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").split("\n"));
    return lines.filter((line) => line.startsWith("tributary ")).map((line) => [name, wordsOf(line)] as const);
  });

function wordsOf(line: string): readonly string[] {
  const [call = ""] = line.replace("HASH", "0".repeat(64)).split(/ #| [|>&…]/);
  return [...call.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].slice(1).map(([, a, b, c]) => a ?? b ?? c ?? "");
}

/** The command with nothing to do. */
function idle(command: Command): Command {
  command.configureOutput({ writeErr: () => {} });
  command.action(() => {});
  command.commands.forEach(idle);
  return command;
}

it("the guide to jobs has every command that does something with one", async () => {
  const job = (await program("job")).commands.find((command) => command.name() === "job");
  const inGuide = calls.flatMap(([name, [first, second]]) => (name === "jobs.md" && first === "job" ? [second] : []));
  const names = job?.commands.map((command) => command.name()) ?? [];
  expect(inGuide).toEqual(expect.arrayContaining(names));
});

it.each(calls)("%s calls tributary %j as there is", async (_, words) => {
  const root = idle(await program(words[0]));
  await expect(root.parseAsync(words, { from: "user" })).resolves.toBe(root);
});
