import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type LocalFederation, program } from "@tributary/cli";
import { mnist, subset, writeShard } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import type { Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, runCommand } from "./support/command.js";
import { startFederation, temporaryFolder } from "./support/federation.js";

/** How an example of a command's help is run here: as it stands, in a folder that has the files it names, but for this. */
interface Run {
  /** Before each run: what it works on. The names in it stand for words of the example. */
  readonly prepare?: () => Promise<Readonly<Record<string, string>>>;
  /** Further options, for what of the example is not on this machine, or takes long. */
  readonly more?: readonly string[];
  /** It runs until it is stopped: when that may be. */
  readonly until?: (said: () => string) => Promise<unknown>;
  /** Default 0. */
  readonly exitCode?: number;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
/** A job that completed 12 rounds, with a model of alice's own. */
let done: string;
const at = (...parts: string[]) => join(folder.path, ...parts);

const JOB = {
  ...{ model: "logistic", dataset: "mnist", rounds: 2, evaluation: { every: 0 } },
  ...{ training: { batchSize: 16, maxBatches: 1, learningRate: 0.05 }, cohort: { minimum: 1, quorum: 1 } },
};

/** A job that waits for more workers than there are. */
const submitIdle = async () =>
  (await federation.client.jobs.create(checkJobSpec({ ...JOB, name: "idle", cohort: { minimum: 50, quorum: 1 } }))).id;
const idle = async () => ({ JOB: await submitIdle() });
const paused = async () => {
  const id = await submitIdle();
  await federation.client.jobs.pause(id);
  return { JOB: id };
};
const completed = async () => ({ JOB: done, "JOB@12": `${done}@12` });
const two = async () => ({ JOB: done, OTHER: await submitIdle() });
const fresh =
  (...names: string[]) =>
  async () => {
    for (const name of names) await rm(at(name), { recursive: true, force: true });
    return {};
  };
/** A data folder whose tables are there: to make them takes a coordinator long. */
const withData = (path: string) => async () => {
  await fresh(path)();
  await cp(at("stopped", "db"), at(path, "db"), { recursive: true });
  return {};
};
const isConnected = async (name: string) =>
  (await federation.client.workers.list()).some((worker) => worker.name === name && worker.connected);
const joined = (name: string) => () => expect.poll(() => isConnected(name), { timeout: 60_000 }).toBe(true);
const says = (text: RegExp) => (said: () => string) => expect.poll(said, { timeout: 60_000 }).toMatch(text);
const appears =
  (...path: string[]) =>
  () =>
    expect.poll(() => existsSync(at(...path)), { timeout: 60_000 }).toBe(true);

/** Every example of every command's help, in the order in which they run. One that is not here fails the test. */
const runs: Readonly<Record<string, Run>> = {
  "tributary doctor": {},
  "tributary doctor --port 7301 --json": {},
  "tributary init digits": { prepare: fresh("digits") },
  "tributary init digits --yes --model mcmahan-cnn --workers 5 --strategy fedadam --force": {},
  "tributary demo --rounds 10": {
    prepare: () => fresh(".tributary")().then(withData(".tributary/demo/coordinator")),
    until: appears(".tributary", "demo", "alice.log"),
    exitCode: 1,
  },
  "tributary demo --rounds 10 --weighting samples": {
    prepare: () => fresh(".tributary")().then(withData(".tributary/demo/coordinator")),
    until: appears(".tributary", "demo", "alice.log"),
    exitCode: 1,
  },
  "tributary coordinator --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem": {
    prepare: withData("own"),
    more: ["--port", "0", "--data-dir", "own"],
    until: says(/join token|"listening"/),
  },
  "tributary completion bash": {},
  "tributary completion zsh": {},
  "tributary completion fish": {},
  "tributary strategies": {},
  "tributary strategies fedadam": {},
  "tributary data show shards/alice": {},
  "tributary data show mnist": {},
  "tributary data download mnist": {},
  "tributary data download fashion-mnist --data-dir datasets": {
    // Where its files come from is not there: the command says so.
    more: ["--mirror", "http://127.0.0.1:9/"],
    exitCode: 1,
  },
  "tributary data picture shards --svg labels.svg": {},
  "tributary data partition --labels 0-3,4-6,7-9 --names alice,bob,charlie --out shards": {
    prepare: fresh("dealt"),
    more: ["--split", "test", "--out", "dealt"],
  },
  "tributary data partition --dataset cifar-10 --dirichlet 10:0.5 --augment pad:4,crop:32x32,flip --svg labels.svg": {
    prepare: async () => ({
      ...(await fresh("dealt")()),
      "cifar-10": "mnist",
      "pad:4,crop:32x32,flip": "pad:2,crop:28x28",
    }),
    more: ["--split", "test", "--out", "dealt"],
  },
  "tributary data partition --csv flowers.csv --label species --iid 2": {
    prepare: fresh("dealt"),
    more: ["--out", "dealt"],
  },
  "tributary simulate job.yaml --workers 100 --partition dirichlet:0.5 --evaluate": { more: ["--engines", "1"] },
  "tributary simulate fedbuff.yaml --workers 100 --duration 60:1 --evaluate": { more: ["--engines", "1"] },
  "tributary simulate tagged.yaml --workers 10 --tag gpu=0-4,7 --memory 8000000000": { more: ["--engines", "1"] },
  "tributary simulate job.yaml --workers 100 --partition shards:2 --out model.safetensors": {
    more: ["--engines", "1", "--out", "simulated.safetensors"],
  },
  "tributary model show lenet5": {},
  "tributary model show model.safetensors": {},
  "tributary model export lenet5 --weights model.safetensors --output model.onnx": {
    prepare: async () => ({ lenet5: "logistic" }),
  },
  "tributary model export lenet5 --job JOB --round 10 --format safetensors --output model.safetensors": {
    prepare: async () => ({ ...(await completed()), lenet5: "logistic" }),
  },
  "tributary model export lenet5 --weights model.safetensors --format tfjs --output model.zip": {
    prepare: async () => ({ lenet5: "logistic" }),
  },
  "tributary model predict lenet5 --weights model.safetensors seven.png four.jpg": {
    prepare: async () => ({ lenet5: "logistic" }),
  },
  "tributary model personal JOB --name alice --output alice.safetensors": {
    prepare: completed,
    more: ["--state-dir", "federation/state/alice"],
  },
  "tributary model download JOB --output model.safetensors": { prepare: completed },
  "tributary model download JOB --round 10 --output model.safetensors": { prepare: completed },
  "tributary job submit job.yaml --watch --output model.safetensors": {},
  "tributary job submit --from JOB@12": {
    prepare: completed,
  },
  "tributary job list": {},
  "tributary job show JOB": { prepare: completed },
  "tributary job watch JOB": { prepare: completed },
  "tributary job watch JOB --json": { prepare: completed },
  "tributary job logs JOB": { prepare: completed },
  "tributary job logs JOB --follow --level error": { prepare: completed },
  "tributary job compare JOB OTHER": { prepare: two },
  "tributary job compare JOB OTHER --target 0.95 --json": { prepare: two },
  "tributary report JOB --output report.html": { prepare: completed },
  "tributary report JOB --json": { prepare: completed },
  "tributary job pause JOB --reason maintenance": { prepare: idle },
  "tributary job resume JOB": { prepare: paused },
  "tributary job change JOB --rounds 20 --deadline 120": { prepare: idle },
  "tributary job change JOB --budget-bytes 50000000000 --wall-clock none": { prepare: idle },
  "tributary job cancel JOB": { prepare: idle },
  "tributary webhook add http://127.0.0.1:9000/tributary --events job --secret-file webhook-secret": {},
  "tributary webhook list": {},
  "tributary webhook remove WEBHOOK": {
    prepare: async () => {
      const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
      const added = { url: "http://127.0.0.1:9/", events: ["round" as const], secret };
      return { WEBHOOK: (await federation.client.webhooks.create(added)).id };
    },
  },
  "tributary top": {},
  "tributary top --json": {},
  "tributary worker list": {},
  "tributary worker list --watch": { until: says(/alice/) },
  "tributary worker --coordinator https://coordinator.example:7300 --join-token-file token --name alice --data ./shards/alice":
    {
      prepare: async () => ({ "https://coordinator.example:7300": federation.url, alice: "eve" }),
      more: ["--state-dir", "state-of-eve"],
      until: joined("eve"),
    },
  "tributary worker remove alice": {
    prepare: async () => {
      const args = [
        "worker",
        "--join-token-file",
        "token",
        "--name",
        "mallory",
        "--data",
        "shards/alice",
        "--state-dir",
        "state-of-mallory",
      ];
      await runCommand(args, { cwd: folder.path, env: environment(), stopWhen: joined("mallory") });
      await expect.poll(() => isConnected("mallory")).toBe(false);
      return { alice: "mallory" };
    },
  },
  "tributary audit list --job JOB": { prepare: completed },
  "tributary audit list --action update.refused": {},
  "tributary audit export audit.jsonl": { prepare: fresh("audit.jsonl") },
  "tributary audit verify": {},
  "tributary audit verify --file audit.jsonl": {},
  "tributary audit verify --token-file admin-token --head LINE:HASH": {
    prepare: async () => {
      const { seq, hash } = await federation.client.audit.head();
      return { "LINE:HASH": `${seq}:${hash}` };
    },
  },
  "tributary backup federation.tar --data-dir .tributary/coordinator": {
    prepare: async () => {
      await fresh("federation.tar", ".tributary/coordinator")();
      await cp(at("stopped"), at(".tributary", "coordinator"), { recursive: true });
      return {};
    },
  },
  "tributary restore federation.tar --data-dir .tributary/coordinator": { prepare: fresh(".tributary/coordinator") },
};

const environment = (): NodeJS.ProcessEnv => ({
  TRIBUTARY_BACKEND: "wasm",
  TRIBUTARY_COORDINATOR: federation.url,
  TRIBUTARY_TOKEN: federation.adminToken,
});

/** One document, or a document a line. */
function documentsIn(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  }
}

async function run(example: string, ...options: readonly string[]): Promise<Ran> {
  const { prepare, more = [], until, exitCode = 0 } = runs[example] ?? expect.unreachable(`no entry for: ${example}`);
  const names = (await prepare?.()) ?? {};
  const [, ...args] = example.split(" ").map((word) => names[word] ?? word);
  const ran = await runCommand([...args, ...more, ...options], {
    cwd: folder.path,
    env: environment(),
    ...(until && { stopWhen: until }),
  });
  expect(ran, example).toMatchObject({ exitCode });
  expect(ran.stderr).not.toMatch(/\n\s+at /);
  return ran;
}

const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];

/** What `--help` prints. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/** The lines under "Examples:". */
const examplesOf = (command: Command): readonly string[] =>
  [...helpOf(command).matchAll(/^ {2}(tributary .*)$/gm)].map(([, line = ""]) => line);

const commands = all(await program(undefined));
const examples = new Set(commands.flatMap(examplesOf));

beforeAll(async () => {
  folder = await temporaryFolder();
  const set = await mnist("test");
  const part = (from: number, count: number) =>
    subset(
      set,
      Int32Array.from({ length: count }, (_, index) => from + index),
    );
  await writeShard(at("shards", "alice"), "alice", part(0, 64));
  const flowers = Array.from({ length: 8 }, (_, index) => `${index},${8 - index},${index % 2 === 0 ? "rose" : "iris"}`);
  await writeFile(at("flowers.csv"), ["width,height,species", ...flowers, ""].join("\n"));
  for (const [name, format] of [
    ["seven.png", "png"],
    ["four.jpg", "jpeg"],
  ] as const)
    await sharp({ create: { width: 28, height: 28, channels: 3, background: "#204060" } })
      .toFormat(format)
      .toFile(at(name));
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-keyout", at("key.pem"), "-out", at("cert.pem")],
  ]);
  await writeFile(at("job.yaml"), JSON.stringify(JOB));
  const asynchronous = { strategy: { kind: "fedbuff", bufferSize: 2 }, cohort: { size: 4, minimum: 1 } };
  await writeFile(at("fedbuff.yaml"), JSON.stringify({ ...JOB, ...asynchronous }));
  const wanted = { cohort: { tags: ["gpu"], minimumMemory: 4_000_000_000 } };
  await writeFile(at("tagged.yaml"), JSON.stringify({ ...JOB, ...wanted }));
  const stopped = await startFederation(at("stopped-federation"));
  await stopped.stop();
  await rename(at("stopped-federation", "coordinator"), at("stopped"));
  federation = await startFederation(at("federation"));
  await writeFile(at("token"), federation.joinToken);
  await writeFile(at("admin-token"), federation.adminToken);
  federation.startWorker({ name: "alice", data: at("shards", "alice") });
  const own = { evaluation: { workers: { validationFraction: 0.1 } }, personalisation: { epochs: 1 } };
  const { id } = await federation.client.jobs.create(checkJobSpec({ ...JOB, ...own, rounds: 14 }));
  for await (const _ of federation.client.watch(id));
  done = id;
  await federation.client.models.fetch(done).then((model) => writeFile(at("model.safetensors"), model));
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

describe("every command", () => {
  it.each(commands.map((command) => [nameOf(command), command] as const))(
    "%s has a help with an example",
    (_, command) => {
      expect(helpOf(command)).toMatch(/^Examples?:$/m);
      expect(examplesOf(command)).not.toEqual([]);
    },
  );

  it("is called in the examples with names and options that there are", () => {
    expect([...examples].sort()).toEqual(Object.keys(runs).sort());
  });

  const leaves = commands.filter(({ commands: parts }) => parts.length === 0);
  it.each(leaves.map((command) => [nameOf(command), command] as const))("%s has --json", (_, command) =>
    expect(command.options.map(({ long }) => long)).toContain("--json"),
  );
});

describe("an example", () => {
  const tried = new Set<string>();
  it.each(Object.keys(runs))("%s does what it says", async (example) => {
    await run(example);
    const command = commands.findLast((each) => `${example} `.startsWith(`${nameOf(each)} `));
    const name = command === undefined ? "" : nameOf(command);
    if (tried.has(name)) return;
    tried.add(name);
    const { stdout, exitCode } = await run(example, ...(example.endsWith("--json") ? [] : ["--json"]));
    const documents = documentsIn(stdout);
    if (exitCode === 0) expect(documents.length, stdout).toBeGreaterThan(0);
  });
});
