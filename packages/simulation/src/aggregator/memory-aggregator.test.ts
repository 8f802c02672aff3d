import { checkJobSpec } from "@tributary/federation";
import { BatchNorm1d, Flatten, freeze, Linear, sequential, trace } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { ChangingPart } from "./changing-part.js";
import { type Kept, MemoryAggregator } from "./memory-aggregator.js";
import { elementsOf, parametersIn } from "./vector.js";

/** "1" is frozen; "2" has buffers. */
const graph = trace(
  sequential(new Flatten(), freeze(new Linear(2, 2)), new BatchNorm1d(2), new Linear(2, 2)),
  [1, 1, 2],
);
const elements = elementsOf(graph);

const vector = (value: number): Float32Array => new Float32Array(elements).fill(value);
const cohort = [
  { worker: "a", samples: 1 },
  { worker: "b", samples: 3 },
];
const opening = (before: Float32Array, kept: Kept = new Map(), round = 1) => ({ cohort, round, before, kept });
const update = (worker: string, samples: number, values: Float32Array) => ({
  ...{ worker, samples, values },
  metrics: { batches: 1, loss: 1 },
});
const specOf = (strategy: object) => checkJobSpec({ model: "lenet5", dataset: "mnist", strategy });
const valuesOf = (model: Float32Array) =>
  Object.fromEntries(parametersIn(graph, model).map(({ name, values }) => [name, [...new Set(values)]]));

describe("the aggregator in memory", () => {
  it("takes the weighted mean of what training changes, and leaves frozen parameters as they are", async () => {
    const aggregator = new MemoryAggregator(specOf({ kind: "fedavg", weighting: "samples" }), graph);
    aggregator.open(opening(vector(9)));
    await aggregator.fold(update("a", 1, vector(1)));
    await aggregator.fold(update("b", 3, vector(2)));
    const model = vector(0);
    const kept = await aggregator.finish(model);
    expect(kept.size).toBe(0);
    const changing = new Set(new ChangingPart(graph).parameters.map(({ name }) => name));
    const expected = graph.parameters.map(({ name }) => [name, [changing.has(name) ? 1.75 : 9]]);
    expect(valuesOf(model)).toEqual(Object.fromEntries(expected));
    expect(changing.size).toBeLessThan(graph.parameters.length);
  });

  it("hands what a strategy keeps on to the next round", async () => {
    // Hsu et al. 2019, FedAvgM: v ← β·v + (mean − w), w ← w + v.
    const aggregator = new MemoryAggregator(specOf({ kind: "fedavgm", serverMomentum: 0.5 }), graph);
    let before = vector(0);
    let kept: Kept = new Map();
    const seen: number[] = [];
    for (const [round, mean] of [
      [1, 1],
      [2, 1],
    ] as const) {
      aggregator.open(opening(before, kept, round));
      for (const { worker, samples } of cohort) await aggregator.fold(update(worker, samples, vector(mean)));
      const model = vector(0);
      kept = await aggregator.finish(model);
      seen.push(parametersIn(graph, model).at(-1)?.values[0] ?? Number.NaN);
      before = model;
    }
    // Round 1: v = 1, w = 1. Round 2: the mean is w, so v = 0.5 and w = 1.5.
    expect(seen).toEqual([1, 1.5]);
  });

  it("begins each attempt from nothing", async () => {
    const aggregator = new MemoryAggregator(specOf({ kind: "fedavg" }), graph);
    aggregator.open(opening(vector(0)));
    await aggregator.fold(update("a", 1, vector(100)));
    aggregator.open(opening(vector(0)));
    await aggregator.fold(update("b", 3, vector(2)));
    const model = vector(0);
    await aggregator.finish(model);
    expect(parametersIn(graph, model).at(-1)?.values[0]).toBe(2);
  });

  it("has no result of no update", async () => {
    const aggregator = new MemoryAggregator(specOf({ kind: "fedavg" }), graph);
    aggregator.open(opening(vector(0)));
    await expect(aggregator.finish(vector(0))).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("the part of a model that changes", () => {
  it("is read across the parameters that do not", async () => {
    const part = new ChangingPart(graph);
    const all = Float32Array.from({ length: elements }, (_, index) => index);
    const slices: number[] = [];
    for await (const slice of part.vectorOf(all).slices()) slices.push(...slice);
    expect(slices).toHaveLength(part.elements);
    for (let start = 0; start <= part.elements; start++)
      expect([...part.read(all, start, Math.min(part.elements, start + 5))]).toEqual(slices.slice(start, start + 5));
  });
});
