import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { commandFile } from "@tributary/cli";

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `tributary ...args` in a folder, what it prints to standard output and error apart.
 * @param stopWhen settles when it is to be stopped by SIGTERM, knowing what it printed so far; default: it ends by itself
 */
export async function runCommand(
  args: readonly string[],
  {
    cwd,
    env = {},
    stopWhen,
  }: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly stopWhen?: (said: () => string) => Promise<unknown>;
  },
): Promise<Ran> {
  const child = spawn(process.execPath, [commandFile, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (stopWhen !== undefined) {
    // What it said tells more than that it did not come so far.
    const failure = await stopWhen(() => said).then(
      () => undefined,
      (cause: unknown) => ({ cause }),
    );
    child.kill("SIGTERM");
    const [, complaint] = await ended;
    if (failure !== undefined) throw new Error(`tributary ${args[0]} did not come so far: ${complaint}`, failure);
  }
  const [stdout, stderr, [exitCode]] = await ended;
  return { exitCode, stdout, stderr };
}
