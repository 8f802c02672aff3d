import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TributaryError } from "@tributary/protocol";

/** The file that the `tributary` command runs. */
export const commandFile = join(dirname(fileURLToPath(import.meta.url)), "..", "main.js");

/** How long a process may take to end after SIGTERM before it is killed, ms. */
const PATIENCE_MS = 10_000;

export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of this federation that runs until it is stopped, its output kept in a file. */
export interface NodeProcess {
  readonly pid: number;
  /** Path of the file that holds what it printed. */
  readonly log: string;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** The first line of its standard output that `pick` makes something of; undefined when it ended before. */
  firstLine<T>(pick: (line: string) => T | undefined): Promise<T | undefined>;
  kill(signal?: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL when it takes too long. */
  stop(): Promise<Exit>;
}

/** Processes that still run: they end with this one. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/**
 * Starts `tributary ...args`, or another file of JavaScript.
 * @throws TributaryError `internal` when the process cannot be started
 */
export function startNode(
  args: readonly string[],
  log: string,
  { env = {}, file = commandFile }: { readonly env?: NodeJS.ProcessEnv; readonly file?: string } = {},
): NodeProcess {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid, stdout, stderr } = child;
  if (pid === undefined) throw new TributaryError("internal", `could not start tributary ${args[0]}`);
  running.add(child);
  const output = createWriteStream(log, { flags: "a" });
  stdout.pipe(output, { end: false });
  stderr.pipe(output, { end: false });
  const exited = once(child, "close").then(([exitCode, signal]): Exit => {
    running.delete(child);
    output.end();
    return { exitCode, signal };
  });
  return {
    pid,
    log,
    exited,
    async firstLine(pick) {
      const lines = createInterface({ input: stdout });
      try {
        for await (const line of lines) {
          const picked = pick(line);
          if (picked !== undefined) return picked;
        }
        return undefined;
      } finally {
        lines.close();
        // Closing the lines has paused the stream, and a full pipe would stop the process.
        stdout.resume();
      }
    },
    kill: (signal = "SIGTERM") => void child.kill(signal),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
