import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { commandFile, type LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "./support/command.js";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { PseudoTerminal } from "./support/pseudo-terminal.js";

const run = promisify(execFile);
const hasBash = await run("bash", ["--version"]).then(
  () => true,
  () => false,
);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
/** One that completed two rounds, and one that waits for workers. */
let done: string;
let idle: string;
let webhook: string;
const at = (...parts: string[]) => join(folder.path, ...parts);

const JOB = {
  ...{ model: "logistic", dataset: "mnist", rounds: 2, evaluation: { every: 0 } },
  ...{ training: { batchSize: 16, maxBatches: 1, learningRate: 0.05 }, cohort: { minimum: 1, quorum: 1 } },
};

beforeAll(async () => {
  folder = await temporaryFolder();
  federation = await startFederation(folder.path);
  await partitionDataset({
    ...{ dataset: "mnist", split: "test", names: ["alice", "albert"], out: at("shards"), seed: 1 },
    spec: { kind: "iid", shards: 2 },
  });
  for (const name of ["alice", "albert"]) federation.startWorker({ name, data: at("shards", name) });
  const { client } = federation;
  done = (await client.jobs.create(checkJobSpec({ ...JOB, name: "day-shift" }))).id;
  for await (const _ of client.watch(done));
  idle = (await client.jobs.create(checkJobSpec({ ...JOB, name: "night-shift", cohort: { minimum: 50 } }))).id;
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  webhook = (await client.webhooks.create({ url: "http://127.0.0.1:9/", events: ["job"], secret })).id;
  while ((await client.workers.list()).length < 2) await setTimeout(50);

  await mkdir(at("bin"));
  await writeFile(at("bin", "tributary"), `#!/bin/sh\nexec "${process.execPath}" "${commandFile}" "$@"\n`, {
    mode: 0o755,
  });
  await writeFile(at("script"), (await runCommand(["completion", "bash"], { cwd: folder.path })).stdout);
  await writeFile(at("my token"), federation.adminToken);
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const environment = () => ({
  PATH: `${at("bin")}${delimiter}${process.env.PATH}`,
  TRIBUTARY_COORDINATOR: federation.url,
  TRIBUTARY_TOKEN: federation.adminToken,
});

/** What the command answers a script in a shell. */
const answered = async (
  line: string,
  name: string,
  { shell = "bash", env = {} }: { shell?: string; env?: Readonly<Record<string, string>> } = {},
) => {
  const asking = run(process.execPath, [commandFile, "completion", shell, "--values", name], {
    env: { ...process.env, ...environment(), ...env },
  });
  asking.child.stdin?.end(`${line}\n`);
  const { stdout, stderr } = await asking;
  expect(stderr).toBe("");
  return stdout.split("\n").filter((word) => word !== "");
};

/** The command asks for a second: a machine that is busy with other things may need another try. */
const patience = { retry: 5 };

describe("what only the coordinator knows", patience, () => {
  it.each<[string, string, () => readonly string[]]>([
    ["job show ", "job", () => [idle, done]],
    ["job show day", "job", () => [done]],
    ["job show nobody", "job", () => []],
    ["job submit --from ", "job@round", () => [`${idle}@latest`, `${done}@latest`]],
    ["worker remove al", "worker", () => ["albert", "alice"]],
    ["worker remove ali", "worker", () => ["alice"]],
    ["webhook remove ", "webhook", () => [webhook]],
  ])("tributary %s: %s", async (line, name, expected) => {
    const found = await answered(`tributary ${line}`, name);
    expect([...found].sort()).toEqual([...expected()].sort());
  });

  it("are ids by what they begin with, and versions of a job by their rounds", async () => {
    expect(await answered(`tributary job show ${done.slice(0, 6)}`, "job")).toEqual([done]);
    const versions = await answered(`tributary job submit --from=${done}@`, "job@round");
    expect(versions).toEqual([`${done}@latest`, `${done}@2`, `${done}@1`, `${done}@0`]);
    expect(await answered(`tributary job submit --from ${done}@l`, "job@round")).toEqual([`${done}@latest`]);
  });

  it("come with what they stand for, where a shell shows it", async () => {
    expect(await answered("tributary job show d", "job", { shell: "fish" })).toEqual([`${done}\tday-shift, completed`]);
    expect(await answered("tributary job show d", "job", { shell: "zsh" })).toEqual([`${done}:day-shift, completed`]);
  });

  it("are those of the coordinator that the line names", async () => {
    const elsewhere = { TRIBUTARY_COORDINATOR: "http://127.0.0.1:9", TRIBUTARY_TOKEN: "" };
    expect(await answered("tributary job show day", "job", { env: elsewhere })).toEqual([]);
    const line = `tributary job show --coordinator=${federation.url} --token-file '${at("my token")}' day`;
    expect(await answered(line, "job", { env: { TRIBUTARY_COORDINATOR: "http://127.0.0.1:9" } })).toEqual([done]);
  });

  it("are none where nobody answers, nobody may ask, or the line makes no sense, and soon", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const began = performance.now();
    const nobody = { env: { TRIBUTARY_COORDINATOR: `http://127.0.0.1:${port}` } };
    expect(await answered("tributary job show ", "job", nobody)).toEqual([]);
    // The process has to start, too.
    expect(performance.now() - began).toBeLessThan(10_000);
    silent.closeAllConnections();
    silent.close();
    expect(await answered("tributary job show ", "job", { env: { TRIBUTARY_TOKEN: "another" } })).toEqual([]);
    expect(
      await answered("tributary job show --token-file /nowhere ", "job", { env: { TRIBUTARY_TOKEN: "" } }),
    ).toEqual([]);
    expect(await answered("tributary job show --coordinator ", "job")).toEqual([]);
    expect(await answered("tributary job show --coordinator", "job")).toEqual([]);
    expect(await answered("", "job")).toHaveLength(2);
  });

  it("are none that a shell would read as something else than a word", async () => {
    const [job] = await federation.client.jobs.list({ name: "night" });
    const ids = ["$(touch owned)", "`touch owned`", "a b", "a;b", "*", "-rf", "../x", "a\u001b[31m", "fine.job-1"];
    const evil = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jobs: ids.map((id) => ({ ...job, id })), next: null }));
    }).listen(0, "127.0.0.1");
    await once(evil, "listening");
    const { port } = evil.address() as AddressInfo;
    const env = { TRIBUTARY_COORDINATOR: `http://127.0.0.1:${port}` };
    expect(await answered("tributary job show ", "job", { env })).toEqual(["fine.job-1"]);
    evil.closeAllConnections();
    evil.close();
  });
});

describe.skipIf(!hasBash)(`at a prompt of bash${hasBash ? "" : " (skipped: bash is not installed)"}`, patience, () => {
  /** A process starts, and asks for a second at most. */
  const PATIENCE_MS = 20_000;
  /** A shell in a folder with files, whose names must not be offered. */
  const prompt = (env: Readonly<Record<string, string>> = {}) =>
    new PseudoTerminal([], {
      program: ["bash", "--norc", "--noprofile", "-i"],
      env: { ...environment(), PS1: "> ", ...env },
    });
  const ready = async (env: Readonly<Record<string, string>> = {}) => {
    const screen = prompt(env);
    screen.press(`cd '${folder.path}'; source ./script; clear\r`);
    await screen.until(/^> $|^>$/m);
    return screen;
  };

  it.each<[string, () => string]>([
    ["job show day\t", () => `job show ${done}`],
    ["job show nig\t", () => `job show ${idle}`],
    ["job compare day\tnig\t", () => `job compare ${done} ${idle}`],
    ["worker remove ali\t", () => "worker remove alice"],
    ["webhook remove \t", () => `webhook remove ${webhook}`],
    ["report nig\t", () => `report ${idle}`],
    ["audit list --job=day\t", () => `audit list --job=${done}`],
    ["strategies fedprox\t", () => "strategies fedprox"],
  ])("tributary %j", async (keys, line) => {
    using screen = await ready();
    screen.press(`tributary ${keys}`);
    const shown = await screen.until(new RegExp(`> tributary ${line()}`), PATIENCE_MS);
    expect(shown).not.toMatch(/shards/);
  });

  it("goes on behind the @ of a version", async () => {
    using screen = await ready();
    screen.press(`tributary job submit --from ${done}@\t\t`);
    expect(await screen.until(/@?0 +@?1 +@?2 +@?latest/, PATIENCE_MS)).toContain(
      `> tributary job submit --from ${done}@`,
    );
    screen.press("l\t");
    await screen.until(new RegExp(`--from ${done}@latest`), PATIENCE_MS);
    screen.press(`\u0015tributary job submit --from=${done}@l\t`);
    await screen.until(new RegExp(`--from=${done}@latest`), PATIENCE_MS);
  });

  it("says nothing where the coordinator is away", async () => {
    using screen = await ready({ TRIBUTARY_COORDINATOR: "http://127.0.0.1:9" });
    screen.press("tributary job show da\t\tx");
    expect(await screen.until(/> tributary job show dax/, PATIENCE_MS)).toMatch(/^> tributary job show dax\s*$/);
  });
});
