import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { TributaryClient } from "@tributary/client";
import { parseJobSpec } from "@tributary/federation";
import { decodeSafetensors, namedModel } from "@tributary/nn";
import { expect, it } from "vitest";
import { runCommand } from "./support/command.js";
import { ComposeFile } from "./support/compose.js";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { PseudoTerminal } from "./support/pseudo-terminal.js";

const init = (cwd: string, ...args: readonly string[]) => runCommand(["init", ...args], { cwd });

const UP = "\u001b[A";
const DOWN = "\u001b[B";
const BACKSPACE = "\u007f";

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });

it("writes a project whose compose file deals data out, runs a federation and completes the job with the network of its file", async () => {
  await using folder = await temporaryFolder();
  const written = await init(
    folder.path,
    ...["digits", "--json", "--model", "logistic", "--workers", "2", "--rounds", "3", "--strategy", "fedavgm"],
  );
  expect(written).toMatchObject({ exitCode: 0, stderr: "" });
  const project = join(folder.path, "digits");
  expect(JSON.parse(written.stdout)).toMatchObject({ folder: project, name: "digits", dataset: "mnist", workers: 2 });
  expect((await readdir(project)).sort()).toEqual([...JSON.parse(written.stdout).files].sort());

  // What somebody changes in the model's file is what is trained.
  const model = join(project, "model.json");
  await writeFile(model, (await readFile(model, "utf8")).replaceAll('"fc.', '"classifier.'));

  const compose = await ComposeFile.read(project);
  const services = ["coordinator", "train-shards", "test-shard", "worker-1", "worker-2", "evaluator", "job"];
  expect(compose.names).toEqual(services);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const changes = { "7300": String(port), "0.0.0.0": "127.0.0.1", "http://coordinator:7300": url };
  const start = (name: string) => compose.start(name, changes);
  const ends = async (name: string) => {
    const { log, exited } = await start(name);
    const { exitCode } = await exited;
    expect(exitCode, await readFile(log, "utf8")).toBe(0);
  };

  await ends("train-shards");
  await ends("test-shard");
  const running = [await start("coordinator")];
  try {
    await expect
      .poll(
        () =>
          fetch(`${url}/health`)
            .then(({ ok }) => ok)
            .catch(() => false),
        { timeout: 60_000 },
      )
      .toBe(true);
    for (const name of ["worker-1", "worker-2", "evaluator"]) running.push(await start(name));
    await ends("job");

    const token = (await readFile(join(compose.volume("admin-key"), "token"), "utf8")).trim();
    const [job] = await new TributaryClient({ url, token }).jobs.list();
    expect(job).toMatchObject({ name: "digits", status: "completed", round: 3 });
    expect(job?.spec).toMatchObject({
      strategy: { kind: "fedavgm" },
      cohort: { minimum: 2 },
      training: { maxBatches: 50 },
    });
    expect(job?.accuracy).toBeGreaterThan(0.8);
    const parameters = decodeSafetensors(await readFile(join(compose.volume("models"), "digits.safetensors")));
    expect(parameters.map(({ name }) => name)).toEqual(["classifier.weight", "classifier.bias"]);
  } finally {
    for (const node of running.reverse()) await node.stop();
  }
});

it("writes a job that can be simulated, and one with a named model in place of the file", async () => {
  await using folder = await temporaryFolder();
  await init(folder.path, "--yes", "--name", "tried", "--rounds", "1", "--model", "mcmahan-2nn");
  const simulate = () =>
    runCommand(["simulate", "job.yaml", "--workers", "3", "--engines", "1", "--json"], {
      cwd: folder.path,
      env: { TRIBUTARY_BACKEND: "wasm" },
    });
  const digest = async () => JSON.parse((await simulate()).stdout).model.digest;
  const ofFile = await digest();
  const job = join(folder.path, "job.yaml");
  await writeFile(job, (await readFile(job, "utf8")).replace("model: ./model.json", "model: mcmahan-2nn"));
  expect(await digest()).toBe(ofFile);
});

it("says which file of a JobSpec's model is not there, is no graph, or was not read", async () => {
  await using folder = await temporaryFolder();
  await using federation = await startFederation(folder.path);
  await init(folder.path, "project", "--yes");
  const submit = () =>
    runCommand(["job", "submit", "project/job.yaml"], {
      cwd: folder.path,
      env: { TRIBUTARY_COORDINATOR: federation.url, TRIBUTARY_TOKEN: federation.adminToken },
    });
  expect(await submit()).toMatchObject({ exitCode: 0 });
  const file = join(folder.path, "project", "model.json");
  const text = await readFile(file, "utf8");
  for (const [content, message] of [
    ["{", /error: the graph .*model\.json is no JSON/],
    [text.replace('"conv2d"', '"conv3d"'), /error: .*conv3d/],
    [text.replace("[-1,6,28,28]", "[-1,7,28,28]"), /error: .*conv1/],
  ] as const) {
    await writeFile(file, content);
    expect(await submit()).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringMatching(message) });
  }
  const job = join(folder.path, "project", "job.yaml");
  await writeFile(job, (await readFile(job, "utf8")).replace("./model.json", "./other.json"));
  expect((await submit()).stderr).toMatch(/the graph .*project.other\.json cannot be read/);
});

it("leaves files that are there alone, unless it is told to replace them", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "compose.yaml"), "mine");
  const refused = await init(folder.path, "--yes");
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toMatch(/error: .* has compose\.yaml already; nothing was written\nhint: .*--force/);
  expect(await readdir(folder.path)).toEqual(["compose.yaml"]);
  expect(await init(folder.path, "--yes", "--force")).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(folder.path, "compose.yaml"), "utf8")).toMatch(/^services:$/m);
  const again = await init(folder.path, "--json");
  expect(again.stderr).toMatch(/job\.yaml, model\.json, compose\.yaml, README\.md, \.gitignore, \.env\.example/);
});

it.each([
  [["--model", "lenet6"], 1, /there is no model "lenet6"; did you mean lenet5/],
  [["--dataset", "cifar-10", "--model", "lenet5"], 1, /lenet5 takes \[1,28,28\], the samples of cifar-10 are/],
  [["--strategy", "krum"], 1, /strategy krum needs 5 workers/],
  [["--workers", "21"], 2, /a whole number from 1 to 20/],
  [["--name", "../up"], 2, /lower-case letters, digits and hyphens/],
])("writes nothing with %j", async (args, exitCode, message) => {
  await using folder = await temporaryFolder();
  expect(await init(folder.path, "--yes", ...args)).toMatchObject({
    exitCode,
    stderr: expect.stringMatching(message),
  });
  expect(await readdir(folder.path)).toEqual([]);
});

it("asks on a terminal for what was not given", async () => {
  await using folder = await temporaryFolder();
  const project = join(folder.path, "night shift");
  using screen = new PseudoTerminal(["init", project, "--rounds", "7"]);
  await screen.until(/Name[\s\S]*night-shift/);
  screen.press(`${BACKSPACE.repeat(5)}!\r`);
  await screen.until(/lower-case letters/);
  screen.press(`${BACKSPACE}watch\r`);
  await screen.until(/Data set[\s\S]*● mnist/);
  screen.press(`${DOWN}\r`);
  await screen.until(/Network[\s\S]*● lenet5/);
  screen.press(`${UP}\r`);
  await screen.until(/Workers/);
  screen.press(`${BACKSPACE}5\r`);
  await screen.until(/Strategy[\s\S]*● fedavg /);
  screen.press(`${DOWN}\r`);
  expect(await screen.exitCode).toBe(0);
  expect(screen.text).not.toMatch(/Rounds/);
  const spec = parseJobSpec(await readFile(join(project, "job.yaml"), "utf8"));
  expect(spec).toMatchObject({ name: "night-watch", dataset: "fashion-mnist", rounds: 7, cohort: { minimum: 5 } });
  expect(spec.strategy.kind).toBe("fedavgm");
  expect(JSON.parse(await readFile(join(project, "model.json"), "utf8"))).toEqual(namedModel("pysyft-cnn"));
});

it("writes nothing for somebody who leaves, and does not ask where nobody could answer", async () => {
  await using folder = await temporaryFolder();
  const project = join(folder.path, "left");
  using screen = new PseudoTerminal(["init", project]);
  await screen.until(/Name/);
  screen.press("\r");
  await screen.until(/Data set/);
  screen.press("\u0003");
  expect(await screen.exitCode).toBe(1);
  expect(screen.text).toMatch(/error: no project was made/);
  expect(screen.hasCursor).toBe(true);
  expect(existsSync(project)).toBe(false);
  using silent = new PseudoTerminal(["init", project], { env: { CI: "true" } });
  expect(await silent.exitCode).toBe(0);
  expect(silent.text).not.toMatch(/Data set/);
});
