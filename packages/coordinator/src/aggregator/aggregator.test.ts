import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AcceptedUpdate,
  checkJobSpec,
  partsOfUpdate,
  strategies,
  strategyOf,
  wrappers,
} from "@tributary/federation";
import { BatchNorm1d, Flatten, freeze, type Graph, initialise, Linear, sequential, trace } from "@tributary/nn";
import { BlobFolder, decodeParameters, elementCount, encodeParameters, type ParameterSet } from "@tributary/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Aggregator, type Finished } from "./aggregator.js";

/** "1" is frozen, "2" has buffers. */
const graph: Graph = trace(
  sequential(new Flatten(), freeze(new Linear(4, 3)), new BatchNorm1d(3), new Linear(3, 2)),
  [1, 2, 2],
);
const initial = initialise(graph, 1);
const isFrozen = (name: string) => name.startsWith("1.");
const moved = (by: number): ParameterSet =>
  initial.map((parameter) => ({
    ...parameter,
    values: parameter.values.map((value, index) => value + by * (index + 1)),
  }));

let folder: string;
let blobs: BlobFolder;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-aggregator-"));
  blobs = await BlobFolder.open(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function updateOf(worker: string, by: number, returns: readonly string[] = []): Promise<AcceptedUpdate> {
  const samples = 10;
  const besides = partsOfUpdate(graph, returns)
    .slice(initial.length)
    .map(({ name, shape }) => ({ name, shape, values: new Float32Array(elementCount(shape)).fill(by) }));
  const blob = await blobs.write(encodeParameters([...moved(by), ...besides]));
  const metrics = { loss: 1, accuracy: 0.5, batches: 1, samplesSeen: samples, downloadMs: 1, trainMs: 1, uploadMs: 1 };
  return { worker, samples, metrics, ...blob };
}

const aggregatorOf = (strategy: object) =>
  new Aggregator(checkJobSpec({ model: "lenet5", dataset: "mnist", strategy }), graph, blobs);

/** Rounds of one job; each has an aggregator of its own, as after a restart of the coordinator. */
async function rounds(
  strategy: object,
  count: number,
  order: (all: AcceptedUpdate[]) => AcceptedUpdate[] = (all) => all,
) {
  const { objective, asynchronous } = strategyOf(checkJobSpec({ model: "lenet5", dataset: "mnist", strategy }));
  const { returns } = objective;
  const updates = await Promise.all(
    [1, -2, 3, 4, -1, 2, 5]
      .slice(0, asynchronous?.bufferSize)
      .map((by, index) => updateOf(`worker-${index}`, by / 64, returns)),
  );
  const cohort = updates.map(({ worker, samples }) => ({ worker, samples }));
  let finished: Finished = { model: await blobs.write(encodeParameters(initial)) };
  for (let round = 1; round <= count; round++) {
    const aggregator = aggregatorOf(strategy);
    aggregator.open({ cohort, round, before: finished.model.digest, state: finished.state?.digest });
    const came = order(updates);
    // Some are folded in as they come, others only when the round is full.
    for (const update of came.slice(0, 3)) aggregator.add(update);
    finished = await aggregator.finish(came);
  }
  return finished;
}

const decoded = async (digest: string) => decodeParameters(await blobs.read(digest));

const kinds = [...strategies, ...wrappers].map(({ kind, example }) => ({ kind, ...example }));

describe("the aggregator", () => {
  it.each(kinds)(
    "makes the same bytes of updates in any order, and leaves what is frozen as it was: %j",
    async (strategy) => {
      const finished = await rounds(strategy, 2);
      expect(await rounds(strategy, 2, (all) => all.toReversed())).toEqual(finished);
      const model = await decoded(finished.model.digest);
      expect(model.map(({ name, shape }) => [name, shape])).toEqual(initial.map(({ name, shape }) => [name, shape]));
      for (const [index, { name, values }] of model.entries())
        if (isFrozen(name)) expect(values).toEqual(initial[index]?.values);
    },
  );

  it("keeps what a strategy keeps as a parameter set beside the model, by vector and parameter", async () => {
    const { state } = await rounds({ kind: "fedadam" }, 1);
    const kept = await decoded(state?.digest ?? "");
    const changing = initial.filter(({ name }) => !isFrozen(name));
    expect(kept.map(({ name }) => name)).toEqual(
      ["m", "v"].flatMap((vector) => changing.map(({ name }) => `${vector}/${name}`)),
    );
    const shapes = changing.map(({ shape }) => shape);
    expect(kept.map(({ shape }) => shape)).toEqual([...shapes, ...shapes]);
  });

  it("gives a strategy what it kept after the round before", async () => {
    const valuesOf = async (finished: Finished) =>
      (await decoded(finished.model.digest)).find(({ name }) => name === "3.bias")?.values ?? [];
    const [first, second] = [
      await valuesOf(await rounds({ kind: "fedavgm" }, 1)),
      await valuesOf(await rounds({ kind: "fedavgm" }, 2)),
    ];
    const before = initial.find(({ name }) => name === "3.bias")?.values ?? [];
    // Every round has the same updates, so that their mean is `before + mean`: v₁ = mean, v₂ = β·v₁ + (mean − v₁) = 0.9·mean.
    for (const [index, value] of second.entries()) {
      const mean = (first[index] ?? 0) - (before[index] ?? 0);
      expect(value - (first[index] ?? 0)).toBeCloseTo(0.9 * mean, 6);
    }
  });

  it("takes the vectors that come besides the model from behind it", async () => {
    const finished = await rounds({ kind: "scaffold" }, 2);
    const [model, plain] = [
      await decoded(finished.model.digest),
      await decoded((await rounds({ kind: "fedavg", weighting: "equal" }, 2)).model.digest),
    ];
    for (const [index, { values }] of model.entries())
      for (const [at, value] of values.entries()) expect(value).toBeCloseTo(plain[index]?.values[at] ?? Number.NaN, 6);
    const control = await decoded(finished.state?.digest ?? "");
    expect(control.map(({ name }) => name)).toEqual(
      initial.filter(({ name }) => !isFrozen(name)).map(({ name }) => `control/${name}`),
    );
    // Each of two rounds adds the mean of the changes, those of buffers too: what is 0 there is the worker's part.
    const mean = (1 - 2 + 3 + 4 - 1 + 2 + 5) / 64 / 7;
    const weights = control.find(({ name }) => name === "control/3.bias")?.values ?? [];
    expect([...weights]).toEqual([2 * mean, 2 * mean].map((value) => expect.closeTo(value, 6)));
  });

  it("has no state of a strategy that keeps nothing", async () => {
    expect(await rounds({ kind: "median" }, 1)).toEqual({
      model: expect.objectContaining({ size: expect.any(Number) }),
    });
  });

  it("says when updates are too few for the strategy, and begins anew when more come", async () => {
    const updates = await Promise.all([1, 2, 3, 4, 5].map((by, index) => updateOf(`worker-${index}`, by / 64)));
    const aggregator = aggregatorOf({ kind: "krum", byzantine: 1 });
    const before = (await blobs.write(encodeParameters(initial))).digest;
    aggregator.open({ cohort: updates, round: 1, before });
    await expect(aggregator.finish(updates.slice(1))).rejects.toMatchObject({ code: "conflict" });
    await expect(aggregator.finish(updates)).resolves.toHaveProperty("model");
  });

  it("says when a blob is no update of this network", async () => {
    const update = await updateOf("worker-0", 1);
    const wrong = { ...update, ...(await blobs.write(encodeParameters(moved(1).slice(0, -1)))) };
    for (const kind of ["fedavg", "median"]) {
      const aggregator = aggregatorOf({ kind });
      aggregator.open({ cohort: [update], round: 1, before: update.digest });
      await expect(aggregator.finish([wrong])).rejects.toMatchObject({ code: "update_shape_mismatch" });
    }
  });
});
