import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ParameterSet } from "@tributary/protocol";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeptVectors } from "./kept-vectors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-vectors-"));
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => new KeptVectors(folder, pino({ level: "silent" }));
const vector = (value: number): ParameterSet => [{ name: "codec/w", shape: [2], values: Float32Array.of(value, 1) }];
const update = (round: number, attempt = 1) => ({ round, attempt });

describe("what a worker keeps with its updates", () => {
  it("is that of the last update that counted, also for the next process", async () => {
    await open().keep("job", update(1), undefined, vector(1));
    await open().keep("job", update(2), update(1), vector(2));
    // The second one came too late.
    expect(await open().since("job", update(1))).toEqual(vector(1));
    await open().keep("job", update(2, 2), update(1), vector(3));
    expect(await open().since("job", update(2, 2))).toEqual(vector(3));
  });

  it("is nothing before an update counted, and of another job", async () => {
    await open().keep("job", update(1), undefined, vector(1));
    expect(await open().since("job", undefined)).toBeUndefined();
    expect(await open().since("../job", update(1))).toBeUndefined();
  });

  it("stays for two updates of a job", async () => {
    for (let round = 1; round <= 5; round++)
      await open().keep("job", update(round), round === 1 ? undefined : update(round - 1), vector(round));
    const [job = ""] = await readdir(folder);
    expect((await readdir(join(folder, job))).sort()).toEqual(["4.1", "5.1"]);
  });

  it("stays for every job that has not ended, however many others come, and goes when the coordinator says so", async () => {
    await open().keep("paused", update(1), undefined, vector(7));
    const others = Array.from({ length: 10 }, (_, index) => `job-${index}`);
    for (const other of others) await open().keep(other, update(1), undefined, vector(1));
    expect(await open().since("paused", update(1))).toEqual(vector(7));
    await open().forget("job-0");
    expect(await open().since("job-0", update(1))).toBeUndefined();
    expect(await readdir(folder)).toHaveLength(10);
    await open().forgetAllBut(["paused", "never-seen"]);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await open().since("paused", update(1))).toEqual(vector(7));
  });

  it("forgets nothing before anything is kept, and twice without harm", async () => {
    const vectors = new KeptVectors(join(folder, "not-there"), pino({ level: "silent" }));
    await vectors.forgetAllBut([]);
    await vectors.forget("job");
  });

  it("is refused where it would be too much, and no job that has not ended is forgotten for it", async () => {
    const small = new KeptVectors(folder, pino({ level: "silent" }), 500);
    await small.keep("paused", update(1), undefined, vector(1));
    let jobs = 1;
    const keepMore = async () => {
      for (; jobs < 50; jobs++) await small.keep(`job-${jobs}`, update(1), undefined, vector(1));
    };
    await expect(keepMore()).rejects.toMatchObject({
      code: "disk_full",
      message: expect.stringMatching(/500 at most/),
    });
    expect(await readdir(folder)).toHaveLength(jobs);
    expect(await small.since("paused", update(1))).toEqual(vector(1));
    await small.forget("job-1");
    await small.keep("other", update(1), undefined, vector(1));
  });

  it.each(["", "ab\n", `${"0".repeat(64)}\nnonsense`])("begins anew when the disk gives back %j", async (damaged) => {
    await open().keep("job", update(1), undefined, vector(1));
    const [job = ""] = await readdir(folder);
    await writeFile(join(folder, job, "1.1"), damaged);
    expect(await open().since("job", update(1))).toBeUndefined();
  });
});
