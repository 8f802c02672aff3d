import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { takeLeaks as take } from "./outputs/leaks.js";
import { watchChildren } from "./outputs/watch-children.js";

/** What the processes of this file print, and the secrets they were given. Its owner alone may look into it. */
const folder = mkdtempSync(join(tmpdir(), "tributary-outputs-"));
const preload = new URL("../../dist/support/outputs/preload.js", import.meta.url);

/** Secrets, shortened, that a process printed which this file started, or one that was started by one; then all is forgotten. */
export const takeLeaks = (): readonly string[] => take(folder);

watchChildren(folder);
process.env.TRIBUTARY_WATCHED = folder;
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import=${preload}`.trim();

afterAll(() => {
  try {
    expect(takeLeaks(), "secrets that processes of this file printed").toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
