import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import type { JobView } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;

beforeAll(async () => {
  folder = await temporaryFolder();
  federation = await startFederation(folder.path);
  const jobs = {
    model: "mcmahan-2nn",
    dataset: "mnist",
    rounds: 3,
    training: { idle: true },
    evaluation: { every: 0 },
  };
  await writeFile(join(folder.path, "job.json"), JSON.stringify(jobs));
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const run = (...args: string[]) =>
  tributary(["job", ...args, "--coordinator", federation.url, "--token", federation.adminToken], folder.path);

async function view(...args: string[]): Promise<JobView> {
  const { exitCode, output } = await run(...args, "--json");
  expect(exitCode, output).toBe(0);
  return JSON.parse(output.slice(output.indexOf("{")));
}

describe("tributary job", () => {
  it("pauses, changes and resumes a job, and goes on from a version of it", async () => {
    const { id } = await view("submit", join(folder.path, "job.json"));
    expect(await view("pause", id, "--reason", "the machines move")).toMatchObject({
      ...{ status: "paused", reason: "the machines move" },
    });
    // Nobody watches a job for ever that nobody will resume.
    const watched = await run("watch", id);
    expect(watched.exitCode).toBe(1);
    expect(watched.output).toMatch(/is paused: the machines move\n.*tributary job resume/s);
    expect(await view("change", id, "--rounds", "2", "--deadline", "60")).toMatchObject({
      spec: { rounds: 2, cohort: { deadlineSeconds: 60 } },
    });
    const shards = join(folder.path, "shards");
    const spec = { kind: "iid", shards: 1 } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec, names: ["ada"], out: shards, seed: 1 });
    federation.startWorker({ name: "ada", data: join(shards, "ada") });
    await view("resume", id);
    expect(await view("watch", id)).toMatchObject({ status: "completed", round: 2 });

    const next = await view("submit", "--from", `${id}@1`);
    expect(await view("watch", next.id)).toMatchObject({ status: "completed", spec: { from: { job: id, round: 1 } } });
    expect((await federation.client.jobs.rounds(next.id)).map(({ number }) => number)).toEqual([2]);
  });

  it("has left a record that shows when somebody changes it", async () => {
    const file = join(folder.path, "audit.jsonl");
    const audit = (...args: string[]) =>
      tributary(["audit", ...args, "--coordinator", federation.url, "--token", federation.adminToken], folder.path);
    const exported = await audit("export", file);
    expect(exported.output).toMatch(/audit[.]jsonl: \d+ lines, up to \d+:[0-9a-f]{64}\n/);
    const head = exported.output.trim().split(" ").at(-1) ?? "";
    expect(await audit("verify", "--head", head)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/none of them changed/),
    });
    const lines = (await readFile(file, "utf8")).split("\n");
    const at = lines.findIndex((line) => line.includes('"job.pause"'));
    await writeFile(
      file,
      lines.with(at, (lines[at] ?? "").replace("the machines move", "nothing happened")).join("\n"),
    );
    expect(await audit("verify", "--file", file)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining(`line ${at + 1} of the audit log: its content is not what was written`),
    });
  });

  it("says what is wrong with what it is asked", async () => {
    for (const [args, said] of [
      [["submit"], /neither a file nor --from/],
      [["submit", "--from", "x"], /--from x: a job's id, @, and a round/],
      [["submit", "--from", "nothing@1"], /there is no job nothing/],
      [["resume", "nothing"], /there is no job nothing/],
    ] as const) {
      const { exitCode, output } = await run(...args);
      expect(exitCode).toBe(1);
      expect(output).toMatch(said);
      expect(output).not.toMatch(/\n\s+at /);
    }
  });
});
