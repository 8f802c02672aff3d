import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What `scripts/bundle.mjs` writes: the coordinator's process as one file, and beside it what that was made of. */
export const bundleFolder = new URL("../bundle/", import.meta.url);

/** What a bundle was made of. */
export interface MadeOf {
  /** Files that name the state of each package that is in it, relative to the bundle's folder. */
  readonly states: readonly string[];
  /** `digestOfStates` of them when it was made. */
  readonly digest: string;
}

/**
 * The coordinator's process as one file, which loads in less than half the time of its modules, more than a thousand. Undefined when it was not
 * made, or a package in it was built anew since: then the modules are what to run.
 */
export function coordinatorBundle(folder = bundleFolder): string | undefined {
  try {
    const { states, digest }: MadeOf = JSON.parse(readFileSync(new URL("made-of.json", folder), "utf8"));
    return digestOfStates(states, folder) === digest ? new URL("coordinator.js", folder).href : undefined;
  } catch {
    return undefined;
  }
}

/** @throws when one of the files is not there */
export function digestOfStates(states: readonly string[], folder = bundleFolder): string {
  const hash = createHash("sha256");
  for (const state of states) hash.update(readFileSync(new URL(state, folder)));
  return hash.digest("hex");
}
