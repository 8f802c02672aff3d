import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takeLeaks } from "./support/outputs.js";
import { PseudoTerminal } from "./support/pseudo-terminal.js";

const SECRET = "secret-of-this-test-0123456789";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-outputs-test-"));
  await writeFile(join(folder, "secret-file"), `whsec_${SECRET}\n`);
  await writeFile(join(folder, "token-file"), `${SECRET}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Prints the secret after a while, in the middle of a line. */
const TELLTALE = `setTimeout(() => process.stderr.write("token=${SECRET}, and more\\n"), 200)`;

/** Starts a process that starts another one with the same arguments, and keeps to itself what that one prints. */
const PARENT = `
  const { spawn } = require("node:child_process");
  const child = spawn(process.execPath, ["-e", ${JSON.stringify(TELLTALE)}, "--", ...process.argv.slice(1)]);
  child.stderr.resume();
`;

describe.each([
  ["a process", TELLTALE],
  ["a process started by a process", PARENT],
])("%s that prints a secret is found, wherever in a line:", (_, code) => {
  it.each<[string, string[], Record<string, string>, string[]]>([
    ["a token of its options", ["--token", SECRET], {}, ["secr"]],
    ["a token of its options, after =", [`--join-token=${SECRET}`], {}, ["secr"]],
    ["a token of its environment", [], { TRIBUTARY_JOIN_TOKEN: SECRET }, ["secr"]],
    ["a token in a file", ["--admin-token-file", "token-file"], {}, ["secr"]],
    ["a token in a file that its environment names", [], { TRIBUTARY_TOKEN_FILE: "token-file" }, ["secr"]],
    ["a webhook's secret, without its mark", ["--secret-file", "secret-file"], {}, ["secr"]],
    ["a password of its database", [], { DATABASE_URL: `postgres://me:${SECRET}@localhost/it` }, ["secr"]],
    ["such a password in its options", ["--database-url", `postgres://me:${SECRET}@localhost/it`], {}, ["secr"]],
    ["nothing that it was given as a secret", ["--name", SECRET], {}, []],
  ])("%s", async (_, args, env, leaks) => {
    const child = spawn(process.execPath, ["-e", code, "--", ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    await once(child, "close");
    expect(takeLeaks()).toEqual(leaks);
    expect(takeLeaks()).toEqual([]);
  });
});

describe("a program in a terminal that prints a secret is found, too:", () => {
  it.each<[string, () => string[], Record<string, string>, string[]]>([
    ["a token of its options", () => ["--token", SECRET], {}, ["secr"]],
    ["a token of its environment", () => [], { TRIBUTARY_TOKEN: SECRET }, ["secr"]],
    ["a token in a file", () => ["--token-file", join(folder, "token-file")], {}, ["secr"]],
    ["nothing that it was given as a secret", () => ["--name", SECRET], {}, []],
  ])("%s", async (_, args, env, leaks) => {
    using screen = new PseudoTerminal(["-e", TELLTALE, "--", ...args()], { env, program: [process.execPath] });
    expect(await screen.exitCode).toBe(0);
    expect(screen.text).toContain(SECRET);
    expect(takeLeaks()).toEqual(leaks);
    expect(takeLeaks()).toEqual([]);
  });
});
