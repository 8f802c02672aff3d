import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { startOf } from "./given-secrets.js";
import { KeptOutput } from "./kept-output.js";

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
  const kept = new KeptOutput(file, startOf(spawnargs, pid));
  child.once("exit", () => kept.end());
  for (const stream of [stdout, stderr]) stream?.on("data", (chunk: Buffer | string) => kept.print(chunk));
}
