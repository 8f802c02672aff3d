import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand } from "./support/command.js";

it("a coordinator's process runs out of one file, and tells its errors as any command does", async () => {
  const nowhere = join(tmpdir(), "tributary-nowhere.pem");
  const { exitCode, stderr } = await runCommand(["coordinator", "--tls-cert", nowhere, "--tls-key", nowhere], {
    cwd: tmpdir(),
    env: { TRIBUTARY_DEBUG: "1" },
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`error: cannot read ${nowhere}`);
  // Another way means that the bundle was not made, or is older than the packages: `npm run build` makes it anew.
  const stack = stderr.split("\n").filter((line) => /^\s+at .*packages/.test(line));
  expect(stack.length).toBeGreaterThan(0);
  for (const line of stack) expect(line).toMatch(/packages\/cli\/dist\/(?:bundle\/|main\.js)/);
});
