import { TributaryError } from "@tributary/protocol";
import { z } from "zod";

/** Names of parameters, `*` for any letters: "bn1.*". */
export const patterns = z
  .array(
    z
      .string()
      .min(1)
      .max(200)
      .regex(/^[\w.*/-]+$/),
  )
  .min(1)
  .max(100);

/**
 * Whether a parameter's name fits one of the patterns, in which `*` stands for any letters, also none. Takes time of the
 * product of the lengths at most.
 */
export const isLocal = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => fits(pattern, name));

function fits(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (!name.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return name === first;
  let at = first.length;
  // The earliest place of each part leaves the most to those behind it.
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/**
 * Checks that patterns leave something at the workers, and something to share: a mistyped name would send what should stay.
 *
 * @throws TributaryError `invalid_job_spec`
 */
export function checkLocalParameters(patterns: readonly string[], names: readonly string[]): void {
  const refuse = (reason: string) => {
    throw new TributaryError("invalid_job_spec", `strategy.localParameters: ${reason}`);
  };
  if (!names.some((name) => isLocal(patterns, name))) refuse("no parameter of the network has such a name");
  if (names.every((name) => isLocal(patterns, name))) refuse("no parameter of the network would be shared");
}
