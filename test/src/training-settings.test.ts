import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { loader, mnist, openShard, partition, subset, writeShard } from "@tributary/data";
import { openBackend, scheduleOf, train } from "@tributary/engine";
import { checkJobSpec, learningRateOf, lossSpecOf, optimizerSpecOf } from "@tributary/federation";
import { decodeSafetensors, initialise, namedModel } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";

const SAMPLES = 200;
const ROUNDS = 2;
const schedule = {
  name: "linear-warm-up",
  startFactor: 0.5,
  totalIters: 1,
  next: { name: "step", stepSize: 1 },
} as const;
const spec = checkJobSpec({
  model: "lenet5",
  dataset: "mnist",
  seed: 3,
  rounds: ROUNDS,
  training: {
    batchSize: 20,
    loss: { name: "cross-entropy", labelSmoothing: 0.1, weight: [1, 1, 2, 1, 1, 0.5, 1, 1, 1, 1] },
    optimizer: { name: "adamw", betas: [0.8, 0.99], weightDecay: 0.1 },
    learningRate: 0.004,
    learningRateDecay: 0.9,
    schedule,
    clipNorm: 0.5,
    clipValue: 0.01,
  },
  evaluation: { every: 0 },
});

describe("a job that chooses its loss, optimizer, schedule and clipping", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let models: ParameterSet[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = await mnist("train");
    const [order] = partition(set, { kind: "iid", shards: 1 }, 1);
    const shard = subset(set, Int32Array.from(order?.subarray(0, SAMPLES) ?? []));
    await writeShard(join(folder.path, "alice"), "alice", shard);
    federation = await startFederation(folder.path);
    federation.startWorker({ name: "alice", data: join(folder.path, "alice") });
    const { id } = await federation.client.jobs.create(spec);
    for await (const notice of federation.client.watch(id)) if (notice.type === "job") continue;
    models = [];
    for (let round = 1; round <= ROUNDS; round++)
      models.push(decodeSafetensors(await federation.client.models.fetch(id, round)));
  });

  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("trains at its one worker as `train` does here, in every round with the rate of that round", async () => {
    const backend = await openBackend("wasm");
    const graph = namedModel("lenet5");
    const shard = await openShard(join(folder.path, "alice"));
    const rateOf = scheduleOf(schedule);
    let parameters: ParameterSet = initialise(graph, spec.seed);
    for (const [index, model] of models.entries()) {
      const round = index + 1;
      const streamName = [round, "alice"];
      const learningRate = rateOf(index, learningRateOf(spec, round));
      expect(learningRate).toBeCloseTo([0.5 * 0.004 * 0.9, 0.004 * 0.9 ** 2][index] ?? 0, 12);
      const batches = loader(shard, { batchSize: 20, shuffle: { seed: spec.seed, streamName }, epochs: 1 });
      ({ parameters } = await train(backend, graph, parameters, batches, {
        loss: lossSpecOf(spec),
        optimizer: { ...optimizerSpecOf(spec), learningRate },
        clipping: { norm: 0.5, value: 0.01 },
        seed: spec.seed,
        streamName,
      }));
      for (const [place, { name, values }] of parameters.entries()) {
        const worst = values.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (model[place]?.values[at] ?? Number.NaN))),
          0,
        );
        expect(worst, `round ${round}, ${name}`).toBeLessThan(1e-6);
      }
    }
  });
});
