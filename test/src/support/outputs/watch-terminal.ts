import { join } from "node:path";
import { KeptOutput } from "./kept-output.js";

let terminals = 0;

/** Keeps what a program in a pseudo-terminal prints: Node itself does not know of such a process. Undefined where nothing is watched. */
export function watchTerminal(args: readonly string[], env: NodeJS.ProcessEnv): KeptOutput | undefined {
  const folder = process.env.TRIBUTARY_WATCHED;
  if (folder === undefined) return undefined;
  terminals += 1;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return new KeptOutput(join(folder, `${process.pid}-terminal-${terminals}`), {
    ...{ args, variables },
    folder: process.cwd(),
  });
}
