import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LocalFederation } from "@tributary/cli";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec, type JobSpec } from "@tributary/federation";
import { decodeSafetensors } from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

// The files of the guide, so that what it shows is what works.
const guide = (name: string) => fileURLToPath(new URL(`../../docs/guides/own-operators/${name}`, import.meta.url));
const plugin = guide("binarize.mjs");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let spec: JobSpec;
const shard = (name: string) => join(folder.path, "shards", name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const set = await mnist("test");
  const [order = new Int32Array()] = partition(set, { kind: "iid", shards: 1 }, 1);
  await writeShard(shard("alice"), "alice", subset(set, order.slice(0, 2_000)));
  await writeShard(shard("bob"), "bob", subset(set, order.slice(2_000, 3_000)));
  const { stdout } = await promisify(execFile)(process.execPath, [guide("job.mjs")], { maxBuffer: 1e8 });
  spec = checkJobSpec(JSON.parse(stdout));
});
afterAll(() => folder?.[Symbol.asyncDispose]());

const withPlugin = (path: string) => startFederation(path, { coordinatorArgs: ["--plugin", plugin] });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const allThere = (federation: LocalFederation, count: number) =>
  until(async () => {
    const workers = (await federation.client.workers.list()).filter(({ connected }) => connected);
    return workers.length === count ? workers : undefined;
  });

describe("an own operator with its own gradient", () => {
  it("trains on workers that were started with its plug-in, and what lies before it learns", async () => {
    await using federation = await withPlugin(join(folder.path, "both"));
    for (const name of ["alice", "bob"]) federation.startWorker({ name, data: shard(name), plugins: [plugin] });
    const workers = await allThere(federation, 2);
    for (const { ops } of workers) expect(ops.own).toEqual(["acme.binarize"]);
    const { id } = await federation.client.jobs.create(spec);
    for await (const _ of federation.client.watch(id));
    expect(await federation.client.jobs.get(id)).toMatchObject({ status: "completed", round: spec.rounds });
    const losses = (await federation.client.jobs.rounds(id)).map(({ updates }) => updates.map(({ loss }) => loss));
    expect(Math.max(...(losses.at(-1) ?? []))).toBeLessThan(Math.min(...(losses[0] ?? [])));
    const [first, last] = await Promise.all(
      [0, "latest" as const].map(async (round) => decodeSafetensors(await federation.client.models.fetch(id, round))),
    );
    const moved = (name: string) => {
      const [before, after] = [first, last].map((model) => model?.find((parameter) => parameter.name === name)?.values);
      return Math.max(...(after ?? []).map((value, index) => Math.abs(value - (before?.[index] ?? Number.NaN))));
    };
    // The true gradient of a sign is 0: without the plug-in's own, this would stay as it began.
    expect(moved("fc1.weight")).toBeGreaterThan(1e-3);
    const table = await tributary(["workers"], folder.path, {
      TRIBUTARY_COORDINATOR: federation.url,
      TRIBUTARY_TOKEN: federation.adminToken,
    });
    expect(table.output).toMatch(/alice .*\d+, acme\.binarize/);
  });

  it("is refused when the job is submitted while one of two workers lacks it", async () => {
    await using federation = await withPlugin(join(folder.path, "one"));
    federation.startWorker({ name: "alice", data: shard("alice"), plugins: [plugin] });
    federation.startWorker({ name: "bob", data: shard("bob") });
    await allThere(federation, 2);
    await expect(federation.client.jobs.create(spec)).rejects.toMatchObject({
      code: "ops_unsupported",
      message: expect.stringContaining("bob does not train acme.binarize"),
      hint: expect.stringContaining("--plugin"),
    });
    expect(await federation.client.jobs.list()).toEqual([]);
  });

  it("is unknown to a coordinator without the plug-in, which does not start while a job of its needs it", async () => {
    const path = join(folder.path, "again");
    const file = join(folder.path, "job.json");
    await writeFile(file, JSON.stringify(spec));
    const submit = (federation: LocalFederation) =>
      tributary(["job", "submit", file], folder.path, {
        TRIBUTARY_COORDINATOR: federation.url,
        TRIBUTARY_TOKEN: federation.adminToken,
      });
    {
      await using ignorant = await startFederation(join(folder.path, "ignorant"));
      const { exitCode, output } = await submit(ignorant);
      expect(exitCode).toBe(1);
      expect(output).toMatch(/^error: acme\.binarize: there is no op "acme\.binarize" here\nhint: {2}.*--plugin/);
    }
    {
      await using knowing = await withPlugin(path);
      expect(await submit(knowing)).toMatchObject({ exitCode: 0 });
    }
    await expect(startFederation(path)).rejects.toThrow(/job \w+, which is not over: .*no op "acme\.binarize" here/);
    await using again = await withPlugin(path);
    const [job] = await again.client.jobs.list();
    expect(job).toMatchObject({ phase: "waiting", waitingFor: { needed: 2, able: 0, unable: [] } });
    again.startWorker({ name: "bob", data: shard("bob") });
    const seen = await until(async () => {
      const [view] = await again.client.jobs.list();
      return view?.waitingFor?.unable.length === 1 ? view.waitingFor : undefined;
    });
    expect(seen).toEqual({ needed: 2, able: 0, unable: [{ worker: "bob", ops: ["acme.binarize"] }] });
    const shown = await tributary(["job", "show", job?.id ?? ""], folder.path, {
      TRIBUTARY_COORDINATOR: again.url,
      TRIBUTARY_TOKEN: again.adminToken,
    });
    expect(shown.output).toMatch(
      /it waits for 2 workers, and 0 that can train it are there; bob does not train acme\.binarize/,
    );
  });
});

describe("a plug-in that can't be used", () => {
  it.each<[string, string | undefined, RegExp]>([
    ["is not there", undefined, /^error: the plug-in .*plugin\.mjs cannot be read\nhint: {2}\S/],
    ["throws", "throw new Error('first\\nsecond')", /^error: the plug-in .*plugin\.mjs: first second\nhint: {2}\S/],
    ["exports nothing of use", "export default 3", /^error: the plug-in .*: its default export is no function\n/],
  ])("because it %s ends a worker and a coordinator with one line and code 1", async (_, text, message) => {
    await using own = await temporaryFolder();
    const file = join(own.path, "plugin.mjs");
    if (text !== undefined) await writeFile(file, text);
    const started = [
      ["worker", "--data", shard("alice"), "--join-token", "x", "--coordinator", "http://127.0.0.1:9"],
      ["coordinator", "--port", "0", "--data-dir", join(own.path, "coordinator")],
    ];
    for (const args of started) {
      const { exitCode, output } = await tributary([...args, "--plugin", file], own.path, {
        TRIBUTARY_BACKEND: "wasm",
      });
      expect(output).toMatch(message);
      expect(exitCode).toBe(1);
    }
    // By the variable, too.
    const { output } = await tributary(started[0] ?? [], own.path, { TRIBUTARY_PLUGINS: file });
    expect(output).toMatch(message);
  });
});

it("the guide shows the files that these tests run", async () => {
  const text = await readFile(fileURLToPath(new URL("../../docs/guides/own-operators.md", import.meta.url)), "utf8");
  for (const name of ["binarize.mjs", "job.mjs"]) expect(text).toContain((await readFile(guide(name), "utf8")).trim());
});
