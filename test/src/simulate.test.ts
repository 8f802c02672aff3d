import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { type Dataset, mnist, partitionDataset, subset, type Transform } from "@tributary/data";
import { backendReport } from "@tributary/engine";
import { checkJobSpec, type JobSpec, type JobSpecInput } from "@tributary/federation";
import { decodeSafetensors, loadParameters, namedModel } from "@tributary/nn";
import { digestOf, encodeParameters, hex } from "@tributary/protocol";
import { simulate, virtualShards } from "@tributary/simulation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";
import { ending, endOfDeployed, endOfSimulated } from "./support/simulated/ended.js";
import { mixedJobs } from "./support/simulated/mixed-jobs.js";
import { ruleJobs } from "./support/simulated/rule-jobs.js";
import type { SimulatedJob } from "./support/simulated/simulated-job.js";
import { strategyJobs } from "./support/simulated/strategy-jobs.js";

const DIRICHLET = { kind: "dirichlet", shards: 3, alpha: 1 } as const;
const PARTITION_SEED = 5;
const AUGMENT: readonly Transform[] = [
  { kind: "pad", pixels: 2, value: 0 },
  { kind: "random-crop", height: 28, width: 28 },
];

/** Who has the tag that a job asks for; all have memory. */
const TAGGED: readonly string[] = ["worker-0", "worker-2"];
const MEMORY = 2 ** 30;

const jobs: Readonly<Record<string, SimulatedJob>> = { ...mixedJobs, ...strategyJobs, ...ruleJobs };

const specOf = (change: Partial<JobSpecInput>): JobSpec =>
  checkJobSpec({
    model: "lenet5",
    dataset: "mnist",
    seed: 7,
    rounds: 2,
    training: { batchSize: 16, maxBatches: 3, learningRate: 0.05 },
    cohort: { minimum: 3 },
    ...change,
  });

const firstOf = (set: Dataset, count: number): Dataset =>
  subset(
    set,
    Int32Array.from({ length: count }, (_, i) => i),
  );

/** Until coordinator and workers are there, ms: a machine that is busy is no fault. */
const START_MS = 300_000;

describe("a simulation comes to the model of the deployed run, byte for byte", () => {
  let training: Dataset;
  let heldOut: Dataset;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  const names = Array.from({ length: DIRICHLET.shards }, (_, index) => `worker-${index}`);

  beforeAll(async () => {
    training = firstOf(await mnist("train"), 600);
    heldOut = firstOf(await mnist("test"), 100);
    folder = await temporaryFolder();
    const out = join(folder.path, "shards");
    await partitionDataset({ dataset: training, spec: DIRICHLET, seed: PARTITION_SEED, out, transforms: AUGMENT });
    const whole = { kind: "iid", shards: 1 } as const;
    await partitionDataset({ dataset: heldOut, spec: whole, seed: 1, out, names: ["evaluator"] });
    federation = await startFederation(folder.path);
    for (const name of names)
      federation.startWorker({ name, data: join(out, name), args: TAGGED.includes(name) ? ["--tag", "gpu"] : [] });
    federation.startWorker({ name: "evaluator", data: join(out, "evaluator"), role: "evaluate" });
    const { client } = federation;
    await untilConnected(async () => (await client.workers.list()).filter(({ connected }) => connected).length, 4);
  }, START_MS);

  afterAll(async () => {
    await federation?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it.each(Object.entries(jobs))("%s", async (_, job) => {
    const { change, reason = "rounds" } = job;
    const personalises = change.personalisation !== undefined;
    const { client } = federation;
    const { id } = await client.jobs.create(specOf(change));
    // Both at once: neither has enough to do for the cores.
    const [deployed, result] = await Promise.all([
      endOfDeployed(client, id, {
        folder: folder.path,
        workers: names,
        personalises,
      }),
      simulate({
        spec: specOf(change),
        dataset: training,
        shards: virtualShards(training, DIRICHLET, PARTITION_SEED).map((shard) => ({
          ...{ ...shard, memory: MEMORY },
          ...(TAGGED.includes(shard.name) && { tags: ["gpu"] }),
        })),
        heldOut,
        transforms: AUGMENT,
        backend: "wasm",
        engines: job.engines ?? 1,
        trainingDuration: job.trainingDuration,
      }),
    ]);
    expect(result.outcome).toEqual({ kind: "completed", reason });
    expect(endOfSimulated(result, { personalises })).toEqual(deployed);
    if (job.updates !== undefined) expect(result.rounds.map(({ updates }) => updates)).toEqual(job.updates);
    const isPersonal = change.strategy?.kind === "ditto" || personalises;
    const tooFew = new Set(deployed.refusals.at(-1)).size;
    expect(tooFew).toBe(change.evaluation?.workers?.minimumSamples === undefined ? 0 : 1);
    expect(result.personal.size).toBe(isPersonal ? 3 - tooFew : 0);
    expect(result.rounds.at(-1)?.personalisation?.workers.length).toBe(change.personalisation && 3 - tooFew);
    const { every = 1 } = change.evaluation ?? {};
    expect(result.rounds.filter(({ evaluation }) => evaluation !== undefined)).toHaveLength(
      every === 0 ? 0 : Math.ceil(result.rounds.length / every),
    );
  });
});

async function untilConnected(count: () => Promise<number>, wanted: number): Promise<void> {
  for (const until = Date.now() + 240_000; (await count()) < wanted; ) {
    if (Date.now() > until) throw new Error("the workers did not come");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const { native } = await backendReport();
const lack = native.works ? "" : ` (left out, it does not run here: ${native.reason})`;

describe.skipIf(!native.works)(`a simulation on the native backend${lack}`, () => {
  it("comes to the model of the deployed run, byte for byte", async () => {
    await using folder = await temporaryFolder();
    const dataset = firstOf(await mnist("train"), 300);
    const out = join(folder.path, "shards");
    const shards = await partitionDataset({ dataset, spec: DIRICHLET, seed: PARTITION_SEED, out });
    await using federation = await startFederation(folder.path, { env: { TRIBUTARY_BACKEND: "native" } });
    for (const { name } of shards) federation.startWorker({ name, data: join(out, name) });
    const spec = specOf({ evaluation: { every: 0 }, cohort: { minimum: 3, backend: "native" } });
    const { id } = await federation.client.jobs.create(spec);
    const ended = await ending(federation.client, id);
    const options = { spec, dataset, shards: virtualShards(dataset, DIRICHLET, PARTITION_SEED), engines: 1 };
    const { outcome, model } = await simulate({ ...options, backend: "native" });
    expect(outcome).toEqual({ kind: "completed", reason: ended.reason });
    expect(model.digest).toBe(ended.model?.digest);
  });
});

describe("tributary simulate", () => {
  const job = { model: "lenet5", dataset: "mnist", rounds: 2, training: { idle: true } };

  it("prints the rounds and a summary, and writes the model", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "job.json");
    const out = join(folder.path, "model.safetensors");
    await writeFile(file, JSON.stringify(job));
    const args = ["simulate", file, "--workers", "8", "--partition", "shards:2", "--out", out];
    const { exitCode, output } = await tributary(args, folder.path);
    expect(output).toMatch(/round 2\/2 .* 8 of 8 updates/);
    expect(output).toMatch(/completed: rounds\n2 rounds in/);
    expect(exitCode).toBe(0);
    const saved = loadParameters(namedModel("lenet5"), decodeSafetensors(await readFile(out)));
    expect(output).toContain(`digest  ${hex(digestOf(encodeParameters(saved)))}`);
  });

  it("ends with code 1 and the reason where a deployed job would stand still", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "job.json");
    await writeFile(file, JSON.stringify({ ...job, cohort: { quorum: 9 } }));
    const { exitCode, output } = await tributary(["simulate", file, "--workers", "8"], folder.path);
    expect(output).toContain('paused: fewer than 9 workers with data set "mnist" came within 3600 s');
    expect(exitCode).toBe(1);
  });
});
