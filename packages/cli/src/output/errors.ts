import { toTributaryError } from "@tributary/protocol";
import pc from "picocolors";

/**
 * Tells a person what went wrong, in one line, and what to do, in another; never a stack, but with TRIBUTARY_DEBUG=1.
 * The process ends with code 1.
 */
export function reportError(thrown: unknown): void {
  const error = toTributaryError(thrown);
  process.stderr.write(`${pc.red("error")}: ${oneLine(error.message)}\n`);
  if (error.hint) process.stderr.write(`${pc.dim("hint")}:  ${oneLine(error.hint)}\n`);
  if (process.env.TRIBUTARY_DEBUG === "1") console.error(thrown);
  process.exitCode = 1;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
