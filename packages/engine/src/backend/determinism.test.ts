import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { describeOnEachBackend, report } from "../testing/backends.js";

const run = async (fixture: string, ...args: (string | number)[]) => {
  const script = fileURLToPath(new URL(`../../test/fixtures/${fixture}`, import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...args.map(String)]);
  expect(stderr).toBe("");
  return stdout;
};

describeOnEachBackend("a training of one seed", (open) => {
  it.each([1, 2])(
    "gives the same bytes in every process, %i threads",
    async (threads) => {
      const { name } = await open();
      const first = await run("digest.mjs", name, threads);
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(await run("digest.mjs", name, threads)).toBe(first);
      expect(await run("digest.mjs", name, threads)).toBe(first);
    },
    60_000,
  );
});

describe.skipIf(!report.native.works || process.platform !== "linux")("the native backend in an engine thread", () => {
  it("computes with as many threads as it was told", async () => {
    const [one, eight] = [await run("thread-count.mjs", 1), await run("thread-count.mjs", 8)];
    expect(Number(eight) - Number(one)).toBeGreaterThanOrEqual(7);
  }, 60_000);
});
