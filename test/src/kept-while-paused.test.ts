import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation, NodeProcess } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import type { JobSpecInput, JobView } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const NAMES = ["ada", "bela"] as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
const workers = new Map<string, NodeProcess>();

const start = (name: string): void => {
  workers.set(name, federation.startWorker({ name, data: join(folder.path, "shards", name) }));
};

beforeAll(async () => {
  folder = await temporaryFolder();
  federation = await startFederation(folder.path);
  const [spec, out] = [{ kind: "iid", shards: NAMES.length } as const, join(folder.path, "shards")];
  await partitionDataset({ dataset: "mnist", split: "test", spec, names: NAMES, out, seed: 1 });
  for (const name of NAMES) start(name);
});
afterAll(async () => {
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

/** Its workers keep a control variate and what the codec lost. */
const job = (changes: object = {}): JobSpecInput => ({
  ...{ model: "logistic", dataset: "mnist", rounds: 8, strategy: { kind: "scaffold" } },
  ...{ codec: { update: "delta | topk(0.1)" }, training: { batchSize: 16, maxBatches: 20, learningRate: 0.05 } },
  ...{ cohort: { minimum: 2, quorum: 2 }, evaluation: { every: 0 } },
  ...changes,
});

async function over(id: string): Promise<JobView> {
  for await (const _ of federation.client.watchRounds(id));
  return federation.client.jobs.get(id);
}

const submitted = async (changes: object = {}): Promise<string> =>
  (await federation.client.jobs.create(job(changes))).id;

/** How many jobs a worker keeps something for. */
const kept = async (name: string): Promise<number> =>
  (await readdir(join(folder.path, "state", name, "vectors"))).length;

describe("a job that is paused while its workers do others that keep something", () => {
  it("comes to the model of one that nobody paused, also when a worker is killed meanwhile", async () => {
    const { model } = await over(await submitted());
    const { jobs } = federation.client;

    const id = await submitted();
    for await (const { number } of federation.client.watchRounds(id))
      if (number === 2) {
        await jobs.pause(id, "others are in a hurry");
        break;
      }
    const { status, round } = await jobs.get(id);
    expect([status, round < 8]).toEqual(["paused", true]);
    for (const seed of [2, 3, 4, 5])
      expect(await over(await submitted({ seed, rounds: 1 }))).toMatchObject({ round: 1 });

    const [killed] = NAMES;
    workers.get(killed)?.kill("SIGKILL");
    await workers.get(killed)?.exited;
    start(killed);
    await jobs.resume(id);
    expect(await over(id)).toMatchObject({ status: "completed", model: { digest: model?.digest } });
    for (const name of NAMES) await expect.poll(() => kept(name), { timeout: 10_000 }).toBe(0);
  });
});
