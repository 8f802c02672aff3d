import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect } from "vitest";

/** What a process was given or made that nobody else may see, and what it printed. */
interface Watched {
  readonly secrets: Set<string>;
  output: string;
}

const OPTIONS = ["--token", "--join-token"];
const VARIABLES = ["TRIBUTARY_TOKEN", "TRIBUTARY_JOIN_TOKEN"];
const watched = new Set<Watched>();
/** Tokens are longer: what is shorter is in any output. */
const SHORTEST = 16;

/** A file's text; empty where there is none (yet), or no such file system. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function watch(child: ChildProcess): void {
  const { spawnargs: args, pid, stdout, stderr } = child;
  const process: Watched = { secrets: new Set(), output: "" };
  watched.add(process);
  const after = (option: string) => args.flatMap((arg, index) => (arg === option ? (args[index + 1] ?? []) : []));
  const add = (text: string) => {
    if (text.trim().length >= SHORTEST) process.secrets.add(text.trim());
  };
  for (const option of OPTIONS) for (const secret of after(option)) add(secret);
  // Where the system shows it: what it was given by its environment.
  for (const entry of textOf(`/proc/${pid}/environ`).split("\0"))
    for (const name of VARIABLES) if (entry.startsWith(`${name}=`)) add(entry.slice(name.length + 1));
  const readFiles = () => {
    for (const folder of after("--data-dir"))
      for (const name of ["admin-token", "join-token"]) add(textOf(join(folder, name)));
    for (const option of OPTIONS) for (const path of after(`${option}-file`)) add(textOf(path));
  };
  child.once("exit", readFiles);
  for (const stream of [stdout, stderr])
    stream?.on("data", (chunk: Buffer) => {
      if (process.output === "") readFiles();
      process.output += chunk.toString("utf8");
    });
}

/** Secrets, shortened, that a process printed; then everything is forgotten. */
export function takeLeaks(): readonly string[] {
  const secrets = new Set([...watched].flatMap(({ secrets }) => [...secrets]));
  const outputs = [...watched].map(({ output }) => output);
  watched.clear();
  return [...secrets]
    .filter((secret) => outputs.some((output) => output.includes(secret)))
    .map((secret) => secret.slice(0, 4));
}

// Every process that this one starts, whoever starts it. Its streams are there in the next turn.
subscribe("child_process", (message) => {
  const { process: child } = message as { process: ChildProcess };
  child.once("spawn", () => watch(child));
});

afterAll(() => expect(takeLeaks(), "secrets that processes of this file printed").toEqual([]));
