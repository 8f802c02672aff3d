// Engines run the built package, so that their threads are loaded as installed ones are.
import type { Dataset } from "@tributary/data";
import { checkJobSpec, type JobSpecInput, validationSplit } from "@tributary/federation";
import { type SimulationOptions, simulate, virtualShards } from "@tributary/simulation";
import { describe, expect, it } from "vitest";
import { COUNT, linear, plane } from "./testing/plane.js";

const shards = virtualShards(plane, { kind: "iid", shards: 4 }, 1);
const FRACTION = 0.2;
const SEED = 9;

const run = (change: Partial<JobSpecInput> = {}, options: Partial<SimulationOptions> = {}) =>
  simulate({
    spec: checkJobSpec({
      ...{ model: { graph: { ...linear } }, dataset: "plane", seed: SEED, rounds: 2 },
      training: { batchSize: 8, learningRate: 0.1 },
      evaluation: { workers: { validationFraction: FRACTION } },
      ...change,
    }),
    ...{ dataset: plane, shards, backend: "wasm", engines: 2 },
    ...options,
  });

/** Places in the data set of what all workers hold back. */
const heldBack = shards.flatMap(({ name, indices }) => {
  const of = { seed: SEED, worker: name, samples: indices.length };
  return [...validationSplit({ fraction: FRACTION, minimum: 1 }, of).validation].map((place) => indices[place] ?? 0);
});

const relabelled = (places: readonly number[]): Dataset => ({
  ...plane,
  labels: plane.labels.map((label, sample) => (places.includes(sample) ? 1 - label : label)),
});

describe("virtual workers that hold samples back", () => {
  it("score the model on those, which nobody trains on, neither for the global model nor for their own", async () => {
    const job = { personalisation: { epochs: 2 } };
    const [right, wrong] = [await run(job), await run(job, { dataset: relabelled(heldBack) })];
    expect(wrong.model.digest).toBe(right.model.digest);
    expect(wrong.personal).toEqual(right.personal);
    for (const [index, { validation }] of right.rounds.entries()) {
      expect(validation?.workers.map(({ worker, samples }) => [worker, samples])).toEqual(
        shards.map(({ name }) => [name, 6]),
      );
      // Of two classes, with every label the other one, what was right is wrong.
      const other = wrong.rounds[index]?.validation?.summary.accuracy.mean ?? Number.NaN;
      expect(other).toBeCloseTo(1 - (validation?.summary.accuracy.mean ?? Number.NaN), 9);
    }
    const others = Array.from({ length: COUNT }, (_, sample) => sample).filter((one) => !heldBack.includes(one));
    expect((await run(job, { dataset: relabelled(others.slice(0, 1)) })).model.digest).not.toBe(right.model.digest);
  });

  it("weigh as much as they train on", async () => {
    const places = Int32Array.from({ length: 40 }, (_, place) => place);
    // Of 10 samples 2 are held back, which are too few; of 30, 6.
    const unlike = [
      { name: "small", indices: places.subarray(0, 10) },
      { name: "large", indices: places.subarray(10) },
    ];
    const sends = (value: number) => ({ send: (trained: Float32Array) => trained.map(() => value) });
    const { model, rounds } = await run(
      { rounds: 1, evaluation: { workers: { validationFraction: FRACTION, minimumSamples: 3 } } },
      {
        shards: unlike,
        behaviours: new Map([
          ["small", sends(1)],
          ["large", sends(0)],
        ]),
      },
    );
    expect(model.parameters[0]?.values[0]).toBeCloseTo(10 / 34, 6);
    expect(rounds[0]?.validation?.workers).toMatchObject([{ worker: "large", samples: 6 }]);
  });

  it("end the job when they say that it is good enough, without an evaluator", async () => {
    const { outcome, rounds } = await run({ rounds: 50, stop: { accuracy: 0.99 } });
    expect(outcome).toEqual({ kind: "completed", reason: "accuracy" });
    expect(rounds.at(-1)?.validation?.summary.accuracy.mean).toBeGreaterThanOrEqual(0.99);
    expect(rounds.at(-2)?.validation?.summary.accuracy.mean ?? 0).toBeLessThan(0.99);
  });

  it("score without training, too", async () => {
    const { rounds } = await run({ training: { idle: true } });
    expect(rounds.map(({ validation }) => validation?.summary.workers)).toEqual([4, 4]);
  });

  it("say so when they have too few", async () => {
    const workers = { validationFraction: FRACTION, minimumSamples: 7 };
    const { rounds, personal, outcome } = await run({ rounds: 1, evaluation: { workers }, personalisation: {} });
    expect(outcome).toEqual({ kind: "completed", reason: "rounds" });
    expect(rounds[0]).toMatchObject({ validation: undefined, personalisation: undefined, updates: 4 });
    expect(rounds[0]?.refusals).toHaveLength(4);
    expect(rounds[0]?.refusals[0]).toMatchObject({
      code: "too_few_samples",
      message: "0.2 of 30 samples are fewer than the 7 to be held back",
    });
    expect(personal.size).toBe(0);
  });

  it("fine-tune the named layers, and no others", async () => {
    const { model, personal } = await run({ personalisation: { layers: ["*.bias"], learningRate: 1 } });
    expect(personal.size).toBe(4);
    for (const own of personal.values())
      for (const [index, { name, values }] of own.entries()) {
        const global = model.parameters[index]?.values;
        if (name.endsWith("bias")) expect(values).not.toEqual(global);
        else expect(values).toEqual(global);
      }
  });

  it("are unlike where their own models are: each does better on its own samples", async () => {
    const byLabel = shards.map(({ name }, index) => ({
      name,
      indices: Int32Array.from({ length: COUNT / 4 }, (_, i) => 4 * i + index),
    }));
    const dataset = relabelled(byLabel.slice(0, 2).flatMap(({ indices }) => [...indices]));
    const { rounds } = await run(
      { rounds: 5, personalisation: { epochs: 20, learningRate: 0.5 } },
      { dataset, shards: byLabel },
    );
    const { global, personal } = rounds.at(-1)?.personalisation ?? expect.unreachable();
    expect(personal.accuracy).toMatchObject({ mean: 1, deviation: 0, worst: 1 });
    expect(global.accuracy.mean).toBeLessThan(1);
  });
});

describe("layers to fine-tune", () => {
  it("must be in the network", async () => {
    await expect(run({ personalisation: { layers: ["head.*"] } })).rejects.toEqual(
      expect.objectContaining({
        code: "invalid_job_spec",
        message: "personalisation.layers: no parameter of the network that is trained has such a name",
      }),
    );
  });
});
