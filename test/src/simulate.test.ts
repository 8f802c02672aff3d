import { join } from "node:path";
import { type Dataset, mnist, partitionDataset, subset, type Transform } from "@tributary/data";
import { checkJobSpec, type JobSpec, type JobSpecInput } from "@tributary/federation";
import { type SimulationResult, simulate, virtualShards } from "@tributary/simulation";
import { beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const DIRICHLET = { kind: "dirichlet", shards: 3, alpha: 1 } as const;
const PARTITION_SEED = 5;
const AUGMENT: readonly Transform[] = [
  { kind: "pad", pixels: 2, value: 0 },
  { kind: "random-crop", height: 28, width: 28 },
];

const jobs: Record<string, Partial<JobSpecInput>> = {
  "a mean of two workers that are drawn for each round": { cohort: { size: 2, minimum: 3 }, rounds: 3 },
  "an adaptive strategy, which keeps state from round to round": { strategy: { kind: "fedadam" } },
  "a robust strategy, which needs all updates": { strategy: { kind: "krum", byzantine: 0 } },
  "settings of training that depend on the round": {
    training: { batchSize: 16, epochs: 1, clipNorm: 1, schedule: { name: "exponential", gamma: 0.5 }, momentum: 0.9 },
  },
};

const specOf = (change: Partial<JobSpecInput>): JobSpec =>
  checkJobSpec({
    model: "lenet5",
    dataset: "mnist",
    seed: 7,
    rounds: 2,
    training: { batchSize: 16, maxBatches: 6, learningRate: 0.05 },
    cohort: { minimum: 3 },
    ...change,
  });

const firstOf = (set: Dataset, count: number): Dataset =>
  subset(
    set,
    Int32Array.from({ length: count }, (_, i) => i),
  );

/** What is compared of a run. */
interface Ended {
  readonly digest: string | undefined;
  readonly accuracies: readonly (number | undefined)[];
}

const simulated = ({ model, rounds }: SimulationResult): Ended => ({
  digest: model.digest,
  accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
});

describe("a simulation comes to the model of the deployed run, byte for byte", () => {
  let training: Dataset;
  let heldOut: Dataset;
  const deployed = new Map<string, Ended>();

  beforeAll(async () => {
    training = firstOf(await mnist("train"), 600);
    heldOut = firstOf(await mnist("test"), 200);
    await using folder = await temporaryFolder();
    const out = join(folder.path, "shards");
    const request = { dataset: training, spec: DIRICHLET, seed: PARTITION_SEED, out, transforms: AUGMENT };
    const shards = await partitionDataset(request);
    const whole = { kind: "iid", shards: 1 } as const;
    await partitionDataset({ dataset: heldOut, spec: whole, seed: 1, out, names: ["evaluator"] });
    await using federation = await startFederation(folder.path);
    for (const { name } of shards) federation.startWorker({ name, data: join(out, name) });
    federation.startWorker({ name: "evaluator", data: join(out, "evaluator"), role: "evaluate" });
    const { client } = federation;
    await untilConnected(async () => (await client.workers.list()).filter(({ connected }) => connected).length, 4);
    for (const [name, change] of Object.entries(jobs)) {
      const { id } = await client.jobs.create(specOf(change));
      for await (const notice of client.watch(id)) if (notice.type === "job" && notice.data.status === "paused") break;
      const { model } = await client.jobs.get(id);
      const rounds = await client.jobs.rounds(id);
      deployed.set(name, { digest: model?.digest, accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy) });
    }
  });

  it.each(Object.entries(jobs))("%s", async (name, change) => {
    const result = await simulate({
      spec: specOf(change),
      dataset: training,
      shards: virtualShards(training, DIRICHLET, PARTITION_SEED),
      heldOut,
      transforms: AUGMENT,
      backend: "wasm",
    });
    expect(result.outcome).toEqual({ kind: "completed", reason: "rounds" });
    expect(simulated(result)).toEqual(deployed.get(name));
    expect(result.rounds.every(({ evaluation }) => evaluation !== undefined)).toBe(true);
  });

  it("comes to the same on one engine as on several, and to another with another seed", async () => {
    const shards = virtualShards(training, DIRICHLET, PARTITION_SEED);
    const run = async (seed: number, engines: number) =>
      (await simulate({ spec: specOf({ seed }), dataset: training, shards, backend: "wasm", engines })).model.digest;
    const digest = await run(7, 1);
    expect(await run(7, 3)).toBe(digest);
    expect(await run(8, 3)).not.toBe(digest);
  });
});

async function untilConnected(count: () => Promise<number>, wanted: number): Promise<void> {
  for (const until = Date.now() + 60_000; (await count()) < wanted; ) {
    if (Date.now() > until) throw new Error("the workers did not come");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
