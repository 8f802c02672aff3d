import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";

const script = fileURLToPath(new URL("../../test/fixtures/digest.mjs", import.meta.url));
const run = async (backend: string, threads: number) =>
  (await promisify(execFile)(process.execPath, [script, backend, String(threads)])).stdout;

describeOnEachBackend("a training of one seed", (open) => {
  it.each([1, 2])(
    "gives the same bytes in every process, %i threads",
    async (threads) => {
      const { name } = await open();
      const first = await run(name, threads);
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(await run(name, threads)).toBe(first);
      expect(await run(name, threads)).toBe(first);
    },
    60_000,
  );
});
