import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { takeLeaks } from "./support/outputs.js";

const SECRET = "secret-of-this-test-0123456789";

it.each([
  ["an option", ["--token", SECRET], {}],
  ["its environment", [], { TRIBUTARY_JOIN_TOKEN: SECRET }],
])("a process that prints what %s gave it is found, wherever in a line", async (_, args, env) => {
  const code = `setTimeout(() => process.stderr.write("token=${SECRET}, and more\\n"), 200)`;
  const child = spawn(process.execPath, ["-e", code, "--", ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(child, "close");
  expect(takeLeaks()).toEqual(["secr"]);
  expect(takeLeaks()).toEqual([]);
});
