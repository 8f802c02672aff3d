import { execFile } from "node:child_process";
import { readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { partitionDataset } from "@tributary/data";
import { checkJobSpec } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const run = promisify(execFile);
const MIB = 2 ** 20;

const spec = checkJobSpec({
  ...{ model: "mcmahan-2nn", dataset: "mnist", seed: 5, rounds: 60 },
  training: { batchSize: 10, maxBatches: 20, learningRate: 0.05 },
  cohort: { minimum: 2, quorum: 2, deadlineSeconds: 120 },
  evaluation: { every: 0 },
});

/** A disk of its own: memory that is mounted as one, which only root may do. */
async function smallDisk(folder: string): Promise<AsyncDisposable | undefined> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=256m", "tributary-test", folder]);
  } catch {
    return undefined;
  }
  return { [Symbol.asyncDispose]: async () => void (await run("umount", ["-l", folder])) };
}

describe("a coordinator whose disk fills up", () => {
  it("says so, takes nothing more, keeps what it has, and goes on to the same model when there is room", async (context) => {
    await using folder = await temporaryFolder();
    await using small = await temporaryFolder();
    await using disk = await smallDisk(small.path);
    if (disk === undefined) context.skip("a small disk can't be mounted here");
    const names = ["ada", "bob"];
    const shards = join(folder.path, "shards");
    const iid = { kind: "iid", shards: 2 } as const;
    await partitionDataset({ dataset: "mnist", split: "test", spec: iid, names, out: shards, seed: 1 });
    await using federation = await startFederation(small.path, { coordinatorArgs: ["--disk-reserve", "40"] });
    for (const name of names) federation.startWorker({ name, data: join(shards, name) });
    const { client } = federation;
    const digestOf = async (id: string) => {
      for await (const notice of client.watch(id)) if (notice.type === "job" && notice.data.status === "paused") break;
      const { status, model } = await client.jobs.get(id);
      expect(status).toBe("completed");
      return model?.digest;
    };
    const expected = await digestOf((await client.jobs.create(spec)).id);

    const { id } = await client.jobs.create(spec);
    for await (const notice of client.watch(id)) if (notice.type === "round" && notice.data.number >= 3) break;
    const { bavail, bsize } = await statfs(small.path);
    const filler = join(small.path, "filler");
    await writeFile(filler, Buffer.alloc(bavail * bsize - 8 * MIB));
    const ready = () =>
      fetch(`${federation.url}/ready`, { headers: { authorization: `Bearer ${federation.adminToken}` } });
    await expect.poll(async () => (await ready()).status, { timeout: 10_000 }).toBe(507);
    expect(await (await ready()).json()).toMatchObject({
      code: "disk_full",
      detail: expect.stringMatching(/MiB left/),
    });
    await expect(client.jobs.create(spec)).rejects.toMatchObject({ code: "disk_full" });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const stuck = await client.jobs.get(id);
    expect(stuck.status).toBe("running");
    expect(stuck.round).toBeLessThan(spec.rounds);

    await rm(filler);
    expect(await digestOf(id)).toBe(expected);
    for (const { updates, refusals } of await client.jobs.rounds(id)) {
      expect(updates.map(({ worker }) => worker).sort()).toEqual(names);
      expect(refusals).toEqual([]);
    }
    const log = await readFile(join(small.path, "coordinator.log"), "utf8");
    expect(log).toMatch(/the disk is full/);
    expect(log).toMatch(/there is room on the disk again/);
  });
});
