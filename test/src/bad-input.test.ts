import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { mnist, subset, writeShard } from "@tributary/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
let client: readonly string[];
let shard: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  federation = await startFederation(folder.path);
  client = ["--coordinator", federation.url, "--token", federation.adminToken];
  shard = join(folder.path, "alice");
  await writeShard(
    shard,
    "alice",
    subset(
      await mnist("test"),
      Int32Array.from({ length: 50 }, (_, index) => index),
    ),
  );
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** One line that says what is wrong, one that says what to do, a non-zero exit code, and never a stack. */
async function expectError(args: readonly string[], message: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { exitCode, output } = await tributary(args, folder.path, env);
  const lines = output.split("\n").filter((line) => /^\S*(error|hint)/.test(line));
  expect(output).not.toMatch(/\n\s+at .*[:(]\d+/);
  expect(lines[0]).toMatch(message);
  expect(lines[0]).toMatch(/^error: /);
  expect(lines[1]).toMatch(/^hint: {2}\S/);
  expect(exitCode).toBe(1);
}

async function jobFile(text: string): Promise<string> {
  const file = join(folder.path, `job-${Math.random().toString(36).slice(2)}.yaml`);
  await writeFile(file, text);
  return file;
}

describe("a JobSpec", () => {
  it.each<[string, string, RegExp]>([
    ["that is no YAML", "model: [", /: neither YAML nor JSON: /],
    [
      "with a wrong field",
      "model: lenet5\ndataset: mnist\nraunds: 3\n",
      /raunds: unknown field; did you mean rounds\?/,
    ],
    [
      "with a wrong value",
      "model: lenet5\ndataset: mnist\nrounds: -3\n",
      /rounds: an integer from 1 to 1,000,000 is wanted, got -3/,
    ],
    ["of an unknown model", "model: lenet6\ndataset: mnist\n", /there is no model "lenet6"; did you mean lenet5\?/],
  ])("%s is refused", async (_, text, message) => {
    await expectError(["job", "submit", await jobFile(text), ...client], message);
  });

  it("that is not there is named", async () => {
    await expectError(
      ["job", "submit", join(folder.path, "nowhere.yaml"), ...client],
      /the JobSpec .*nowhere\.yaml cannot be read/,
    );
  });

  it("with a data set that no worker holds is refused, with those there are", async () => {
    const worker = federation.startWorker({ name: "alice", data: shard });
    while (!(await federation.client.workers.list()).some(({ connected }) => connected))
      await new Promise((resolve) => setTimeout(resolve, 100));
    await expectError(["job", "submit", await jobFile("model: lenet5\ndataset: mnits\n"), ...client], /mnits.*mnist/);
    await worker.stop();
  });

  it("with a data set that does not come with Tributary can't be dealt out", async () => {
    await expectError(
      ["data", "partition", "--dataset", "mnits", "--iid", "2", "--out", join(folder.path, "x")],
      /there is no data set "mnits"/,
    );
  });
});

describe("the coordinator", () => {
  it("says that its port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expectError(
      ["coordinator", "--port", String(port), "--data-dir", join(folder.path, "other")],
      new RegExp(`port ${port} .*in use`),
    );
    server.close();
  });

  it("says that its data folder is in use", async () => {
    await expectError(["coordinator", "--port", "0", "--data-dir", join(folder.path, "coordinator")], /in use|holds/);
  });

  it("says that its certificate can't be read, and wants both of the pair", async () => {
    const at = ["coordinator", "--port", "0", "--data-dir", join(folder.path, "tls")];
    await expectError([...at, "--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem"], /nowhere\.pem/);
    await expectError([...at, "--tls-cert", "/nowhere.pem"], /go together/);
  });

  it.each(["*", "https://a.example/page", "a.example"])(
    "lets no pages of %s in, which is no origin",
    async (origin) => {
      const at = ["coordinator", "--port", "0", "--data-dir", join(folder.path, "origin")];
      await expectError([...at, "--allow-origin", "https://a.example", "--allow-origin", origin], /is no origin/);
    },
  );
});

describe("a worker", () => {
  const at = (...args: string[]) => [
    "worker",
    "--coordinator",
    federation.url,
    "--join-token",
    federation.joinToken,
    "--name",
    "x",
    ...args,
  ];

  it("says that there is no shard", async () => {
    await expectError(at("--data", join(folder.path, "nobody")), /nobody holds no shard/);
  });

  it("says that its shard is damaged", async () => {
    const path = join(folder.path, "damaged");
    await mkdir(path);
    await writeFile(join(path, "manifest.json"), "{}");
    await expectError(at("--data", path), /damaged.*format/);
  });

  it("says that nobody answers", async () => {
    const args = [
      "worker",
      "--coordinator",
      "http://127.0.0.1:9",
      "--join-token",
      "x",
      "--data",
      shard,
      "--connect-timeout",
      "1",
      "--backend",
      "wasm",
    ];
    await expectError(
      [...args, "--state-dir", join(folder.path, "state")],
      /no coordinator answers at http:\/\/127\.0\.0\.1:9 within 1 s/,
    );
  });

  it("says that it has no token", async () => {
    await expectError(["worker", "--data", shard], /no join token was given/);
  });
});

describe("a client", () => {
  it("says that nobody answers", async () => {
    await expectError(
      ["job", "list", "--coordinator", "http://127.0.0.1:9", "--token", "x"],
      /no coordinator answers at http:\/\/127\.0\.0\.1:9/,
    );
  });

  it("says that its token is wrong, that it has none, that there is no such job", async () => {
    await expectError(["job", "list", "--coordinator", federation.url, "--token", "wrong"], /token/);
    await expectError(["job", "list", "--coordinator", federation.url], /no admin token was given/);
    await expectError(["job", "show", "nope", ...client], /nope/);
    await expectError(["model", "download", "nope", ...client], /nope/);
  });

  it("called wrongly ends with code 2", async () => {
    const { exitCode, output } = await tributary(["job", "lst"], folder.path);
    expect(exitCode).toBe(2);
    expect(output).toMatch(/unknown command 'lst'/);
  });
});

it("nothing of all this stopped the coordinator, or left half a folder", async () => {
  expect(await federation.client.health()).toMatchObject({ status: "ok" });
  expect(await readdir(folder.path)).not.toContain("x");
});
