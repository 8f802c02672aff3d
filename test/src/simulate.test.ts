import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Dataset, mnist, partitionDataset, subset, type Transform } from "@tributary/data";
import {
  checkJobSpec,
  type JobSpec,
  type JobSpecInput,
  type PersonalisationView,
  personalModelIn,
  type ValidationView,
} from "@tributary/federation";
import {
  BatchNorm2d,
  Conv2d,
  decodeSafetensors,
  Flatten,
  Linear,
  loadParameters,
  namedModel,
  sequential,
  trace,
} from "@tributary/nn";
import { decodeParameters, digestOf, encodeParameters, hex, type ParameterSet } from "@tributary/protocol";
import { type SimulationResult, simulate, virtualShards } from "@tributary/simulation";
import { beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";

const DIRICHLET = { kind: "dirichlet", shards: 3, alpha: 1 } as const;
const PARTITION_SEED = 5;
const AUGMENT: readonly Transform[] = [
  { kind: "pad", pixels: 2, value: 0 },
  { kind: "random-crop", height: 28, width: 28 },
];

const normalised = trace(
  sequential(new Conv2d(1, 4, 5, { stride: 4 }), new BatchNorm2d(4), new Flatten(), new Linear(144, 10)),
  [1, 28, 28],
);

/** Jobs, and on how many engines they are simulated: it changes no byte. */
const jobs: Record<string, { readonly engines: number; readonly change: Partial<JobSpecInput> }> = {
  "two workers that are drawn for each round, an adaptive strategy and a learning rate with a schedule": {
    engines: 3,
    change: {
      rounds: 3,
      cohort: { size: 2, minimum: 3 },
      strategy: { kind: "fedadam" },
      training: { batchSize: 16, epochs: 1, clipNorm: 1, momentum: 0.9, schedule: { name: "exponential", gamma: 0.5 } },
    },
  },
  "workers that are drawn towards the global model": {
    engines: 2,
    change: { strategy: { kind: "fedprox", mu: 0.5 } },
  },
  "a robust strategy, which needs all updates": {
    engines: 1,
    change: { strategy: { kind: "krum", byzantine: 0 } },
  },
  "updates that a codec makes small, which gives back what it lost to whoever comes again": {
    engines: 2,
    change: { rounds: 4, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
  },
  "updates of which a codec loses a part for good": {
    engines: 2,
    change: { rounds: 3, codec: { update: "delta | randomk(0.1)", errorFeedback: false } },
  },
  "updates of low rank, whose codec goes on from what it came to at whoever comes again": {
    engines: 2,
    change: { rounds: 4, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | powersgd(2)" } },
  },
  "models that travel in half the bytes, and updates in a quarter": {
    engines: 2,
    change: { rounds: 3, codec: { model: "float16 | deflate", update: "delta | int8" } },
  },
  // One at a time, and nobody who scores a version while the next update is on its way: their order is that of the draws, which is the same.
  "a buffer that no worker waits for, and a codec that gives back what it lost": {
    engines: 2,
    change: {
      ...{ rounds: 5, strategy: { kind: "fedbuff", bufferSize: 2 }, evaluation: { every: 0 } },
      ...{ cohort: { size: 1, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
    },
  },
  "every update a version": {
    engines: 2,
    change: {
      ...{ rounds: 6, strategy: { kind: "fedasync" }, cohort: { size: 1, minimum: 3 }, evaluation: { every: 0 } },
    },
  },
  "workers that keep a gradient of their loss": {
    engines: 2,
    change: { rounds: 3, strategy: { kind: "feddyn", alpha: 0.1 } },
  },
  "control variates, which travel both ways and stay at the workers, with momentum": {
    engines: 2,
    change: {
      rounds: 4,
      cohort: { size: 2, minimum: 3 },
      strategy: { kind: "scaffold", population: 3 },
      evaluation: { updates: true },
      training: {
        batchSize: 16,
        maxBatches: 6,
        learningRate: 0.01,
        momentum: 0.9,
        schedule: { name: "exponential", gamma: 0.5 },
      },
    },
  },
  "control variates, whose changes a codec makes small with the updates, and which get back what they lost": {
    engines: 2,
    change: {
      ...{ rounds: 4, cohort: { size: 2, minimum: 3 }, strategy: { kind: "scaffold", population: 3 } },
      codec: { update: "delta | topk(0.1) | int8" },
    },
  },
  "a model of each worker's own, trained besides": {
    engines: 2,
    change: { rounds: 3, strategy: { kind: "ditto", lambda: 0.5, personalEpochs: 1 } },
  },
  "a last layer that stays at each worker, and a codec": {
    engines: 3,
    change: {
      rounds: 3,
      strategy: { kind: "fedper", localParameters: ["fc3.*"] },
      codec: { update: "delta | sign" },
    },
  },
  "workers that score the model on what they hold back, and fine-tune some layers of it in the end": {
    engines: 3,
    change: {
      rounds: 3,
      evaluation: { workers: { validationFraction: 0.2 } },
      training: { batchSize: 16, maxBatches: 6, momentum: 0.9, schedule: { name: "exponential", gamma: 0.5 } },
      personalisation: { epochs: 2, batchSize: 8, layers: ["fc*"] },
    },
  },
  "workers of which some were not drawn for the last round, and one with too few samples to hold back": {
    engines: 2,
    change: {
      ...{ rounds: 3, cohort: { size: 2, minimum: 3 }, codec: { update: "delta | topk(0.1) | int8" } },
      evaluation: { every: 2, workers: { validationFraction: 0.1, minimumSamples: 20 } },
      personalisation: { optimizer: "adam" },
    },
  },
  "a model of each worker's own, scored as it is": {
    engines: 2,
    change: {
      ...{ rounds: 2, strategy: { kind: "ditto", lambda: 0.5 }, evaluation: { every: 0, workers: {} } },
      personalisation: { epochs: 0 },
    },
  },
  "a last layer that stays at each worker, fine-tuned in the end, and scores of two workers": {
    engines: 2,
    change: {
      ...{ strategy: { kind: "fedper", localParameters: ["fc3.*"] }, evaluation: { workers: { maximum: 2 } } },
      personalisation: { learningRate: 0.01 },
    },
  },
  "a buffer that no worker waits for, and a model of each worker's own in the end": {
    engines: 2,
    change: {
      ...{ rounds: 5, strategy: { kind: "fedbuff", bufferSize: 2 }, cohort: { size: 1, minimum: 3 } },
      ...{ evaluation: { every: 0, workers: {} }, personalisation: {} },
    },
  },
  "normalisation that stays at each worker": {
    engines: 2,
    change: {
      rounds: 3,
      model: { graph: { ...normalised } },
      strategy: { kind: "fedbn", localParameters: ["1.*"] },
    },
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
  /** By round, of all updates as they travelled. */
  readonly sentBytes: readonly number[];
  /** By round, of each update that was scored. */
  readonly ofUpdates: readonly (readonly [worker: string, accuracy: number])[][];
  /** By round, what workers that train say of the model, and of their own ones. */
  readonly ofWorkers: readonly (readonly [ValidationView | undefined, PersonalisationView | undefined])[];
  /** Who scored nothing, and why, by round. */
  readonly refusals: readonly string[][];
  /** Digests of the workers' own models, by worker. */
  readonly personal: Readonly<Record<string, string>>;
}

const sorted = (scores: readonly { readonly subject: string; readonly accuracy: number }[]) =>
  scores.map(({ subject, accuracy }) => [subject, accuracy] as const).sort(([a], [b]) => a.localeCompare(b));

const simulated = ({ model, rounds, personal }: SimulationResult): Ended => ({
  digest: model.digest,
  accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
  sentBytes: rounds.map(({ sentBytes }) => sentBytes),
  ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
  ofWorkers: rounds.map(({ validation, personalisation }) => [validation, personalisation]),
  refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
  personal: Object.fromEntries([...personal].map(([worker, set]) => [worker, digestOfSet(set)])),
});

const refusedIn = (refusals: readonly { readonly worker: string; readonly code: string }[]): string[] =>
  refusals.map(({ worker, code }) => `${worker} ${code}`).sort();

const digestOfSet = (set: ParameterSet): string => hex(digestOf(encodeParameters(set)));

/** The models of their own that workers keep with the update of a job's last round, in their state folders. */
async function keptOf(folder: string, workers: readonly string[], job: string, round: number) {
  const models = await Promise.all(
    workers.map(async (worker) => {
      const of = hex(digestOf(Buffer.from(job))).slice(0, 32);
      const file = await readFile(join(folder, "state", worker, "vectors", of, `${round}.1`)).catch(() => undefined);
      // The digest and the line's end stand before the parameter set.
      const own = file && personalModelIn(decodeParameters(file.subarray(65)));
      return own ? [[worker, digestOfSet(own)] as const] : [];
    }),
  );
  return Object.fromEntries(models.flat());
}

/** The models that workers made of the last global one, as the command writes them. */
async function madeOf(folder: string, workers: readonly string[], job: string) {
  const models = await Promise.all(
    workers.map(async (worker) => {
      const out = join(folder, `${job}-${worker}.safetensors`);
      const args = ["model", "personal", job, "--state-dir", join(folder, "state", worker), "--output", out];
      const { exitCode, output } = await tributary(args, folder);
      if (exitCode !== 0 && output.includes("no model of job")) return [];
      return [
        [worker, digestOfSet(loadParameters(namedModel("lenet5"), decodeSafetensors(await readFile(out))))] as const,
      ];
    }),
  );
  return Object.fromEntries(models.flat());
}

/** Every job of the table runs deployed, one after the other, before the first comparison. */
const DEPLOYED_MS = 300_000;

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
    for (const [name, { change }] of Object.entries(jobs)) {
      const { id } = await client.jobs.create(specOf(change));
      for await (const notice of client.watch(id)) if (notice.type === "job" && notice.data.status === "paused") break;
      const { model } = await client.jobs.get(id);
      const rounds = await client.jobs.rounds(id);
      deployed.set(name, {
        digest: model?.digest,
        accuracies: rounds.map(({ evaluation }) => evaluation?.accuracy),
        sentBytes: rounds.map(({ updates }) => updates.reduce((sum, { sentBytes }) => sum + sentBytes, 0)),
        ofUpdates: rounds.map(({ updateEvaluations }) => sorted(updateEvaluations)),
        ofWorkers: rounds.map(({ validation, personalisation }) => [
          validation ?? undefined,
          personalisation ?? undefined,
        ]),
        refusals: rounds.map(({ refusals }) => refusedIn(refusals)),
        personal: await (change.personalisation ? madeOf : keptOf)(
          folder.path,
          shards.map(({ name }) => name),
          id,
          rounds.length,
        ),
      });
    }
  }, DEPLOYED_MS);

  it.each(Object.entries(jobs))("%s", async (name, { change, engines }) => {
    const result = await simulate({
      spec: specOf(change),
      dataset: training,
      shards: virtualShards(training, DIRICHLET, PARTITION_SEED),
      heldOut,
      transforms: AUGMENT,
      backend: "wasm",
      engines,
    });
    expect(result.outcome).toEqual({ kind: "completed", reason: "rounds" });
    expect(simulated(result)).toEqual(deployed.get(name));
    const isPersonal = change.strategy?.kind === "ditto" || change.personalisation !== undefined;
    const tooFew = new Set(deployed.get(name)?.refusals.at(-1)).size;
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
  for (const until = Date.now() + 60_000; (await count()) < wanted; ) {
    if (Date.now() > until) throw new Error("the workers did not come");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

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
