import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { givenSecrets } from "./given-secrets.js";

/** How the files are named that hold what a process printed, and its secrets, each as a line of JSON. */
export const OUTPUT = ".output";
export const SECRETS = ".secrets";

/** Writes into a folder what every process prints that this one starts, whoever starts it, and the secrets it was given. */
export function watchChildren(folder: string): void {
  let children = 0;
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    children += 1;
    const file = join(folder, `${process.pid}-${children}`);
    // Its streams are there in the next turn.
    child.once("spawn", () => watch(child, file));
  });
}

function watch(child: ChildProcess, file: string): void {
  const { spawnargs, pid, stdout, stderr } = child;
  if (pid === undefined) return;
  const secrets = givenSecrets(spawnargs, pid);
  const keep = (texts: readonly string[]) =>
    append(`${file}${SECRETS}`, texts.map((text) => `${JSON.stringify(text)}\n`).join(""));
  keep(secrets.known);
  child.once("exit", () => keep(secrets.inFiles()));
  let silent = true;
  for (const stream of [stdout, stderr])
    stream?.on("data", (chunk: Buffer | string) => {
      if (silent) keep(secrets.inFiles());
      silent = false;
      append(`${file}${OUTPUT}`, chunk);
    });
}

/** Whoever watches may have ended, and its folder with it. */
function append(path: string, text: string | Uint8Array): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
