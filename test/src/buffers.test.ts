import { join } from "node:path";
import type { LocalFederation } from "@tributary/cli";
import { mnist, partition, subset, writeShard } from "@tributary/data";
import { checkJobSpec, type JobSpec } from "@tributary/federation";
import {
  add,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  concat,
  decodeSafetensors,
  flatten,
  freeze,
  type Graph,
  initialise,
  Linear,
  Module,
  maxPool2d,
  relu,
  trace,
  type Value,
} from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder } from "./support/federation.js";
import { errorOfMean, referenceUpdate } from "./support/reference-mean.js";

/** Samples of each worker: unlike, so that a mean that forgets the weights is far off. */
const SIZES = { ada: 1_500, bela: 300 } as const;
const NAMES = Object.keys(SIZES);

/** Batch normalisation, a frozen layer, a residual connection, one layer used twice, and two branches. */
class Net extends Module {
  conv = new Conv2d(1, 4, 5, { stride: 2 });
  norm1 = new BatchNorm2d(4);
  frozen = freeze(new Linear(144, 32));
  twice = new Linear(32, 32);
  norm2 = new BatchNorm1d(32);
  out = new Linear(64, 10);

  forward(x: Value): Value {
    x = flatten(maxPool2d(relu(this.norm1.forward(this.conv.forward(x))), 2));
    x = this.frozen.forward(x);
    const once = this.twice.forward(x);
    const residual = add(this.twice.forward(relu(once)), x);
    return this.out.forward(concat([this.norm2.forward(residual), relu(once)]));
  }
}

const traced = trace(new Net(), [1, 28, 28]);
/** With one more frozen parameter, whose values are finer than the steps that the mean is computed in. */
const graph: Graph = {
  ...traced,
  parameters: traced.parameters.map((parameter) =>
    parameter.name === "conv.bias"
      ? { ...parameter, trainable: false, initialiser: { rule: "uniform", bound: 1e-12 } }
      : parameter,
  ),
};
const FROZEN = ["conv.bias", "frozen.weight", "frozen.bias"];
const BUFFERS = ["norm1.running_mean", "norm1.running_var", "norm2.running_mean", "norm2.running_var"];

const spec: JobSpec = checkJobSpec({
  model: { graph: JSON.parse(JSON.stringify(graph)) },
  dataset: "mnist",
  seed: 11,
  rounds: 4,
  training: { batchSize: 20, maxBatches: 40, learningRate: 0.05, momentum: 0.9 },
  cohort: { minimum: 2, quorum: 2, deadlineSeconds: 120 },
  evaluation: { every: 3 },
});

describe("a network with running statistics and frozen parameters", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let federation: LocalFederation;
  let job: string;
  const model = async (round: number) => decodeSafetensors(await federation.client.models.fetch(job, round));

  beforeAll(async () => {
    folder = await temporaryFolder();
    const set = await mnist("train");
    const [order = new Int32Array()] = partition(set, { kind: "iid", shards: 1 }, 1);
    let from = 0;
    for (const [name, size] of [...Object.entries(SIZES), ["evaluator", 500] as const]) {
      await writeShard(join(folder.path, name), name, subset(set, order.slice(from, from + size)));
      from += size;
    }
    federation = await startFederation(folder.path);
    for (const name of NAMES) federation.startWorker({ name, data: join(folder.path, name) });
    federation.startWorker({ name: "evaluator", data: join(folder.path, "evaluator"), role: "evaluate" });
    job = (await federation.client.jobs.create(spec)).id;
    for await (const _ of federation.client.watch(job));
  });
  afterAll(async () => {
    await federation?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  it("trains in the federation", async () => {
    expect(await federation.client.jobs.get(job)).toMatchObject({ status: "completed", round: spec.rounds });
    const rounds = await federation.client.jobs.rounds(job);
    for (const { updates, refusals } of rounds) {
      expect(updates.map(({ worker }) => worker).sort()).toEqual(NAMES);
      expect(refusals).toEqual([]);
    }
    // Evaluation takes the running statistics, so that it fails where they are not the model's.
    expect(rounds.at(-1)?.evaluation?.accuracy).toBeGreaterThan(0.75);
  });

  it("has as its next model the float64 mean of the updates, weighted by samples, buffers among them", async () => {
    const updates = await Promise.all(NAMES.map((name) => referenceUpdate(spec, graph, folder.path, name)));
    const first = await model(1);
    const initial = initialise(graph, spec.seed);
    expect(first.map(({ name }) => name)).toEqual(graph.parameters.map(({ name }) => name));
    for (const [place, { name, values }] of first.entries())
      if (!FROZEN.includes(name)) {
        expect(errorOfMean(updates, place, values), name).toBeLessThan(2 ** -23);
        expect(values, name).not.toEqual(initial[place]?.values);
      }
    expect(first.map(({ name }) => name)).toEqual(expect.arrayContaining(BUFFERS));
  });

  it("keeps its frozen parameters bit for bit over all rounds", async () => {
    const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
    const initial = initialise(graph, spec.seed);
    for (const round of [1, spec.rounds]) {
      const after = await model(round);
      for (const name of FROZEN) {
        const [was, is] = [initial, after].map((set) => set.find((parameter) => parameter.name === name)?.values);
        if (was === undefined || is === undefined) throw new Error(`${name} is missing`);
        expect(bits(is), name).toEqual(bits(was));
        expect(
          was.some((value) => value !== 0),
          name,
        ).toBe(true);
      }
    }
  });
});
