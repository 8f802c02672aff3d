import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { mnist, subset, writeShard } from "@tributary/data";
import { expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const guide = fileURLToPath(new URL("../../docs/guides/sdk.md", import.meta.url));
/** In this package, so that Node and the compiler find the SDK. */
const programs = fileURLToPath(new URL("../dist/guides", import.meta.url));
const settings = fileURLToPath(new URL("../../tsconfig.base.json", import.meta.url));
const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
const run = promisify(execFile);

/** Compiled under the repository's settings; a compiler that has something to say fails it. @returns the path of what can be run */
async function compiled(folder: string, code: string): Promise<string> {
  await writeFile(join(folder, "guide.mts"), code);
  const project = join(folder, "tsconfig.json");
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    rootDir: ".",
  };
  await writeFile(project, JSON.stringify({ extends: settings, compilerOptions, files: ["guide.mts"] }));
  await run(process.execPath, [compiler, "-p", project]);
  return join(folder, "guide.mjs");
}

it("the code of docs/guides/sdk.md is right in its types, runs, and does what the page says", async () => {
  await using folder = await temporaryFolder();
  await using federation = await startFederation(folder.path);
  const shard = join(folder.path, "shard");
  const indices = Int32Array.from({ length: 50 }, (_, index) => index);
  await writeShard(shard, "alice", subset(await mnist("test"), indices));
  federation.startWorker({ name: "alice", data: shard });
  await expect.poll(() => federation.client.workers.list(), { timeout: 60_000 }).toHaveLength(1);

  const blocks = [...(await readFile(guide, "utf8")).matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);
  expect(blocks.length).toBeGreaterThan(5);
  await mkdir(programs, { recursive: true });
  const program = await mkdtemp(join(programs, "sdk-"));
  try {
    const { stdout } = await run(process.execPath, [await compiled(program, blocks.join("\n"))], {
      env: {
        ...process.env,
        TRIBUTARY_COORDINATOR: federation.url,
        TRIBUTARY_ADMIN_TOKEN: federation.adminToken,
      },
      timeout: 240_000,
    });
    const rounds = [1, 2, 3];
    expect(stdout.trim().split("\n")).toEqual([
      "the same job: true",
      ...rounds.map((round) => `round ${round}: finished, 1 updates`),
      ...rounds.map((round) => `round ${round} has changed: finished`),
      "the job is completed",
      "completed: rounds; the model is there",
      "alice is idle",
      "guide is among the completed jobs",
      'unknown_model: there is no model "lenet"; did you mean lenet5?',
    ]);
  } finally {
    await rm(program, { recursive: true, force: true });
  }
});

it("an error in the types of such code would be found", async () => {
  await mkdir(programs, { recursive: true });
  const program = await mkdtemp(join(programs, "wrong-"));
  try {
    await expect(compiled(program, "try {\n} catch (error) {\n  console.log(error.code);\n}\n")).rejects.toMatchObject({
      stdout: expect.stringContaining("'error' is of type 'unknown'"),
    });
  } finally {
    await rm(program, { recursive: true, force: true });
  }
});
