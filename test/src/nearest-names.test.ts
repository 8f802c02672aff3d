import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "./support/command.js";
import { startFederation, temporaryFolder } from "./support/federation.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
/** Of a job that waits for workers. */
let id: string;

const JOB = { name: "night-shift", model: "logistic", dataset: "mnist", cohort: { minimum: 50 } };

beforeAll(async () => {
  folder = await temporaryFolder();
  federation = await startFederation(folder.path);
  const out = join(folder.path, "shards");
  await partitionDataset({
    ...{ dataset: "mnist", split: "test", names: ["alice"], out, seed: 1 },
    spec: { kind: "iid", shards: 1 },
  });
  federation.startWorker({ name: "alice", data: join(out, "alice") });
  while ((await federation.client.workers.list()).length === 0) await setTimeout(50);
  id = (await federation.client.jobs.create(checkJobSpec(JOB))).id;
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const run = (...args: readonly string[]) =>
  runCommand(args, {
    cwd: folder.path,
    env: { TRIBUTARY_COORDINATOR: federation.url, TRIBUTARY_TOKEN: federation.adminToken },
  });

/** With the last letter of a word changed. */
const mistyped = (word: string): string => `${word.slice(0, -1)}${word.endsWith("z") ? "y" : "z"}`;

it.each<[string, () => readonly string[], RegExp]>([
  [
    "job show by its id",
    () => ["job", "show", mistyped(id)],
    /there is no job \w+; did you mean (\w+) \(night-shift\)\?/,
  ],
  ["job watch by what its id begins with", () => ["job", "watch", id.slice(0, 5)], /; did you mean (\w+) \(/],
  ["job cancel by its name", () => ["job", "cancel", "night-shfit"], /no job night-shfit; did you mean (\w+) \(/],
  ["model download", () => ["model", "download", mistyped(id)], /; did you mean (\w+) \(/],
  ["job submit --from", () => ["job", "submit", "--from", `${mistyped(id)}@latest`], /; did you mean (\w+) \(/],
])("%s names the job that was meant", async (_, args, message) => {
  const { exitCode, stdout, stderr } = await run(...args());
  expect({ exitCode, stdout, stderr }).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringMatching(message),
  });
  expect(message.exec(stderr)?.[1]).toBe(id);
});

it.each([
  ["job show", ["job", "show", "somewhere-else"], 1, /^error: there is no job somewhere-else\n/],
  ["worker remove", ["worker", "remove", "alcie"], 1, /there is no worker alcie; did you mean alice\?/],
  [
    "an option",
    ["worker", "--role", "evaluator", "--data", "."],
    2,
    /'evaluator' is invalid\. Allowed choices are .*; did you mean evaluate\?/,
  ],
  ["strategies", ["strategies", "fedporx"], 1, /there is no strategy fedporx; did you mean fedprox\?/],
])("%s names what was meant, where something is near", async (_, args, exitCode, message) => {
  expect(await run(...args)).toMatchObject({ exitCode, stderr: expect.stringMatching(message) });
});

it.each<[object, RegExp]>([
  [{ dataset: "mnits" }, /no worker holds the data set "mnits"; did you mean mnist\?/],
  [{ dataset: "imagenet" }, /no worker holds the data set "imagenet"; there is mnist/],
  [{ model: "logistik" }, /there is no model "logistik"; did you mean logistic\?/],
  [{ from: { job: "night-shfit", round: 1 } }, /there is no job night-shfit; did you mean \w+ \(night-shift\)\?/],
])("the coordinator refuses a job with %j", async (part, message) => {
  const file = join(folder.path, "job.json");
  await writeFile(file, JSON.stringify({ ...JOB, ...part }));
  expect(await run("job", "submit", file)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
});
