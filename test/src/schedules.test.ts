import { join } from "node:path";
import { type Dataset, mnist, partitionDataset, subset } from "@tributary/data";
import { checkJobSpec, type JobSpec } from "@tributary/federation";
import { type SimulationResult, simulate, virtualShards } from "@tributary/simulation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const IID = { kind: "iid", shards: 3 } as const;
const base = { model: "lenet5", dataset: "mnist", seed: 7, evaluation: { every: 0 } };

const inRounds = checkJobSpec({
  ...{ ...base, rounds: 6, cohort: { size: 1, minimum: 3, deadlineSeconds: 120 } },
  ...{ evaluation: { every: 0, workers: { validationFraction: 0.2 } }, personalisation: {} },
  training: { batchSize: 8, epochs: 3, learningRate: 0.05, momentum: 0.9, clipNorm: 1 },
  strategy: { kind: "norm-bounding", norm: 5, of: { kind: "fedadam", serverLearningRate: 0.1 } },
  schedules: {
    "cohort.size": {
      name: "piecewise",
      steps: [
        { from: 3, value: 2 },
        { from: 5, value: 3 },
      ],
    },
    "training.epochs": { name: "step", stepSize: 2, gamma: 0.5 },
    "training.batchSize": { name: "piecewise", steps: [{ from: 4, value: 16 }] },
    "training.momentum": { name: "exponential", gamma: 0.8 },
    "strategy.norm": { name: "linear-warm-up", totalIters: 3 },
    "strategy.of.serverLearningRate": { name: "cosine", tMax: 6 },
  },
});

/** One at a time, so that the order of the updates is the same. */
const withoutRounds = checkJobSpec({
  ...{ ...base, rounds: 5, cohort: { size: 1, minimum: 3 }, strategy: { kind: "fedasync", alpha: 0.8 } },
  training: { batchSize: 8, maxBatches: 8, learningRate: 0.05 },
  schedules: {
    "strategy.alpha": { name: "exponential", gamma: 0.7 },
    "training.maxBatches": { name: "step", stepSize: 1, gamma: 0.6 },
  },
});

/** Two jobs deployed and three simulations, also on a machine that has other things to do. */
const ALL_MS = 600_000;

let training: Dataset;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const indices = Int32Array.from({ length: 180 }, (_, i) => i);
  training = subset(await mnist("train"), indices);
  await partitionDataset({ dataset: training, spec: IID, seed: 1, out: join(folder.path, "shards") });
});
afterAll(() => folder?.[Symbol.asyncDispose]());

const simulated = (spec: JobSpec): Promise<SimulationResult> =>
  simulate({ spec, dataset: training, shards: virtualShards(training, IID, 1), backend: "wasm" });

describe("a job with schedules", () => {
  it(
    "comes to the model of its simulation, also when the coordinator is killed in the middle",
    async () => {
      const disturbed = join(folder.path, "disturbed");
      const first = await startFederation(disturbed);
      const port = Number(new URL(first.url).port);
      for (const { name } of virtualShards(training, IID, 1))
        first.startWorker({ name, data: join(folder.path, "shards", name) });
      const { id } = await first.client.jobs.create(inRounds);
      for await (const notice of first.client.watch(id))
        if (notice.type === "progress" && notice.data.round >= 4) break;
      first.coordinator.kill("SIGKILL");
      await first.coordinator.exited;

      await using again = await startFederation(disturbed, { port });
      for await (const _ of again.client.watch(id));
      const rounds = await again.client.jobs.rounds(id);
      expect(rounds.map(({ cohort }) => cohort.length)).toEqual([1, 1, 2, 2, 3, 3]);
      // 48 samples each that are trained on: passes times batches, of which the last may be smaller.
      expect(rounds.map(({ updates }) => new Set(updates.map(({ batches }) => batches)))).toEqual(
        [18, 18, 12, 6, 3, 3].map((batches) => new Set([batches])),
      );
      const { model, spec } = await again.client.jobs.get(id);
      expect(spec).toEqual(inRounds);
      const expected = await simulated(inRounds);
      expect(model?.digest).toBe(expected.model.digest);
      expect(rounds.at(-1)?.personalisation).toEqual(expected.rounds.at(-1)?.personalisation);
      const { schedules: _, ...plain } = inRounds;
      expect((await simulated(plain)).model.digest).not.toBe(expected.model.digest);

      const { id: other } = await again.client.jobs.create(withoutRounds);
      for await (const _ of again.client.watch(other));
      const versions = await again.client.jobs.rounds(other);
      expect(versions.map(({ updates }) => updates.map(({ batches }) => batches))).toEqual([[8], [5], [3], [2], [1]]);
      expect((await again.client.jobs.get(other)).model?.digest).toBe((await simulated(withoutRounds)).model.digest);
      await first.stop();
    },
    ALL_MS,
  );
});
