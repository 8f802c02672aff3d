import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { program } from "@tributary/cli";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./support/command.js";
import { temporaryFolder } from "./support/federation.js";

const run = promisify(execFile);

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const fileOf = (shell: Shell) => join(folder.path, `tributary.${shell}`);
const scripts = new Map<Shell, string>();

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const shell of SHELLS) {
    const { exitCode, stdout } = await runCommand(["completion", shell], { cwd: folder.path });
    expect(exitCode).toBe(0);
    scripts.set(shell, stdout);
    await writeFile(fileOf(shell), stdout);
  }
});
afterAll(() => folder?.[Symbol.asyncDispose]());

const all = await program(undefined);
const commandsOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commandsOf)];
const pathOf = (command: Command): readonly string[] =>
  command.parent === null ? ["tributary"] : [...pathOf(command.parent), command.name()];

const isInstalled = async (shell: Shell) =>
  run(shell, ["--version"]).then(
    () => true,
    () => false,
  );
const installed = new Map(await Promise.all(SHELLS.map(async (shell) => [shell, await isInstalled(shell)] as const)));
const note = (shell: Shell) => (installed.get(shell) ? "" : ` (skipped: ${shell} is not installed)`);

/** What bash offers for the end of a line. Readline parts its words also at = @ and :. */
async function offered(line: string): Promise<string[]> {
  const words = line.match(/[=@:]|[^\s=@:]+|\s$/g)?.map((word) => word.trim()) ?? [];
  const ask = `source "$1"; COMP_LINE="$2"; COMP_POINT=\${#COMP_LINE}; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); own="\${COMP_WORDS[COMP_CWORD]#[=:]}"; _tributary tributary "$own" ""; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run("bash", ["--norc", "--noprofile", "-c", ask, "bash", fileOf("bash"), line, ...words]);
  return stdout.split("\n").filter((word) => word !== "");
}

describe.skipIf(!installed.get("bash"))(`in bash${note("bash")}`, () => {
  it.each<[string, readonly string[]]>([
    ["jo", ["job"]],
    ["job s", ["submit", "show"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["job submit --wa", ["--watch"]],
    ["worker --role ", ["train", "evaluate"]],
    ["worker --role ev", ["evaluate"]],
    ["worker --role=", ["train", "evaluate"]],
    ["worker --role=tr", ["train"]],
    ["worker --role=x", []],
    // What looks like a command is a value.
    ["worker --name list --ro", ["--role"]],
    ["worker --name=list --ro", ["--role"]],
    ["worker --coordinator http://list:1 --ro", ["--role"]],
    ["worker list --wa", ["--watch"]],
    // Where others may be given, too.
    ["init --strategy fedad", ["fedadagrad", "fedadam"]],
    ["strategies fedad", ["fedadagrad", "fedadam"]],
    ["data partition --dataset fashion", ["fashion-mnist"]],
    ["data download fashion", ["fashion-mnist"]],
    ["model export len", ["lenet5"]],
    ["model export lenet5 --format saf", ["safetensors"]],
    ["job change JOB --selection power", ["powerOfChoice"]],
    ["webhook add http://127.0.0.1:9 --events ", ["job", "round"]],
    // Names of files: those are bash's own.
    ["job submit ", []],
    ["worker --data ", []],
    ["worker --data -", []],
  ])("tributary %s is completed to %j", async (line, completions) => {
    expect(await offered(`tributary ${line}`)).toEqual(completions);
  });

  it.each(commandsOf(all).map((command) => [pathOf(command), command] as const))(
    "%j has all its commands and options",
    async (path, command) => {
      const options = command.createHelp().visibleOptions(command);
      const line = path.join(" ");
      expect(await offered(`${line} -`)).toEqual(options.flatMap(({ short, long }) => [short, long].filter(Boolean)));
      const names = command.commands.map((child) => child.name());
      expect(await offered(`${line} `)).toEqual(expect.arrayContaining(names));
      for (const { long, argChoices } of options.filter((option) => option.argChoices !== undefined))
        expect(await offered(`${line} ${long} `)).toEqual(argChoices);
    },
  );

  it("falls back to names of files", async () => {
    const { stdout } = await run("bash", ["-c", `source "$1"; complete -p tributary`, "bash", fileOf("bash")]);
    expect(stdout).toBe("complete -o default -F _tributary tributary\n");
  });
});

describe("in zsh and fish", () => {
  it.each(["zsh", "fish"] as const)("%s knows every command, option and choice", (shell) => {
    const script = scripts.get(shell) ?? "";
    for (const command of commandsOf(all)) {
      const at = pathOf(command).slice(1);
      if (at.length > 0) expect(script).toContain(`'${["", ...at.slice(0, -1)].join("/")} ${at.at(-1)}'`);
      for (const { long, required, argChoices } of command.createHelp().visibleOptions(command)) {
        expect(script).toContain(shell === "zsh" ? `'${long}:` : `-l ${long?.slice(2)} `);
        if (required) expect(script).toContain(`'${["", ...at].join("/")} ${long}'`);
        if (argChoices)
          expect(script).toContain(
            shell === "zsh" ? argChoices.map((one) => `'${one}'`).join(" ") : `-x -a '${argChoices.join(" ")}'`,
          );
      }
    }
  });

  for (const shell of ["zsh", "fish"] as const)
    it.skipIf(!installed.get(shell))(`${shell} can read its script${note(shell)}`, async () => {
      await run(shell, ["-n", fileOf(shell)]);
    });

  it.skipIf(!installed.get("fish"))(`fish completes${note("fish")}`, async () => {
    const lines = ["tributary job su", "tributary worker --role ev", "tributary worker --name list --ro"];
    const ask = `source ${fileOf("fish")}; ${lines.map((line) => `complete -C '${line}'`).join("; ")}`;
    const { stdout } = await run("fish", ["--no-config", "-c", ask]);
    expect(stdout.split("\n").map((line) => line.split("\t")[0])).toEqual(["submit", "evaluate", "--role", ""]);
  });
});

it.each(SHELLS)("gives the script of %s as JSON", async (shell) => {
  const { stdout } = await runCommand(["completion", shell, "--json"], { cwd: folder.path });
  expect(JSON.parse(stdout)).toEqual({ shell, script: scripts.get(shell) });
});

it("refuses another shell, and names those that there are", async () => {
  const refused = await runCommand(["completion", "tcsh"], { cwd: folder.path });
  expect(refused).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(/bash, zsh, fish/) });
});
