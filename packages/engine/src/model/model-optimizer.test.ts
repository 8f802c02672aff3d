import type { ErrorCode, ParameterSet } from "@tributary/protocol";
import { expect, it } from "vitest";
import type { Backend } from "../backend/backend.js";
import type { Clipping } from "../optimizers/clipping.js";
import { type OptimizerSettings, optimizerNames } from "../optimizers/optimizer.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links, randomBatches, randomParameters } from "../testing/networks.js";
import { train } from "../training/train.js";
import { Model } from "./model.js";
import { ModelOptimizer } from "./model-optimizer.js";

const graph = chain(
  [2, 4, 4],
  [links.conv2d([3, 2, 2, 3], [3, 3, 2]), links.relu([3, 3, 2]), links.flatten([3, 3, 2]), links.linear(18, 3)],
);
const parameters = randomParameters(graph, 1);
const batches = randomBatches(graph, 2, 3, 5, 3);
const none = { images: new Float32Array(), shape: [], labels: new Int32Array() };
const loss = { name: "cross-entropy" } as const;
const sgd = { name: "sgd", learningRate: 0.1 } as const;
const throwing = (code: ErrorCode, message: string) =>
  expect.objectContaining({ name: "TributaryError", code, message: expect.stringContaining(message) });

const settings: readonly OptimizerSettings[] = [
  sgd,
  { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { name: "sgd", learningRate: 0.1, momentum: 0.9, dampening: 0.5 },
  { name: "adam", learningRate: 0.01, amsgrad: true },
  { name: "adamw", learningRate: 0.01, weightDecay: 0.1 },
  { name: "adagrad", learningRate: 0.05 },
  { name: "rmsprop", learningRate: 0.01 },
  { name: "adadelta", learningRate: 1 },
];

/** Gradients of one batch, in order. */
function gradientsOf(model: Model, index: number) {
  const { images, shape, labels } = batches[index] ?? none;
  return model.gradients([{ shape, values: images }], { shape: [labels.length], values: labels }, loss).gradients;
}

const expectClose = (actual: ParameterSet, expected: ParameterSet) => {
  expect(actual.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  for (const [at, { name, values }] of expected.entries())
    for (const [index, value] of values.entries())
      expect(actual[at]?.values[index], `${name}[${index}]`).toBeCloseTo(value, 5);
};

it("has every optimizer among those of these tests", () => {
  expect(new Set(settings.map(({ name }) => name))).toEqual(new Set(optimizerNames));
});

describeOnEachBackend("ModelOptimizer", (open) => {
  const trained = async (backend: Backend, optimizer: OptimizerSettings, clipping: Clipping = {}) =>
    (await train(backend, graph, parameters, batches, { loss, optimizer, clipping, seed: 1, streamName: [] }))
      .parameters;

  it.each(settings.map((each) => [JSON.stringify(each), each] as const))("steps as train does: %s", async (_, each) => {
    const backend = await open();
    using model = await Model.open(backend, graph, parameters);
    using optimizer = new ModelOptimizer(model, each);
    for (const index of batches.keys()) optimizer.step(gradientsOf(model, index));
    expectClose(model.parameters(), await trained(backend, each));
  });

  it.each<Clipping>([{ norm: 0.05 }, { value: 0.01 }])("clips as train does: %j", async (clipping) => {
    const backend = await open();
    using model = await Model.open(backend, graph, parameters);
    using optimizer = new ModelOptimizer(model, sgd, clipping);
    for (const index of batches.keys()) optimizer.step(gradientsOf(model, index));
    expectClose(model.parameters(), await trained(backend, sgd, clipping));
  });

  it("takes another learning rate for a step", async () => {
    const backend = await open();
    const once = async (settings: OptimizerSettings, ...learningRate: number[]) => {
      using model = await Model.open(backend, graph, parameters);
      using optimizer = new ModelOptimizer(model, settings);
      optimizer.step(gradientsOf(model, 0), ...learningRate);
      return model.parameters();
    };
    expect(await once(sgd, 0.5)).toEqual(await once({ ...sgd, learningRate: 0.5 }));
    expect(await once(sgd, 0.5)).not.toEqual(await once(sgd));
  });

  it("does not move what is left out", async () => {
    using model = await Model.open(await open(), graph, parameters);
    using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.1 });
    const gradients = gradientsOf(model, 0);
    optimizer.step(gradients.filter(({ name }) => name !== "0.weight"));
    const moved = model.parameters().filter(({ values }, at) => String(values) !== String(parameters[at]?.values));
    expect(moved.map(({ name }) => name)).toEqual(["0.bias", "3.weight", "3.bias"]);
  });

  it.each<[string, ParameterSet[number], string]>([
    ["of no parameter", { name: "9.weight", shape: [3], values: new Float32Array(3) }, "9.weight [3]"],
    ["of too few values", { name: "3.bias", shape: [3], values: new Float32Array(2) }, "3.bias [3]"],
    ["of another shape", { name: "3.weight", shape: [18, 3], values: new Float32Array(54) }, "3.weight [18,3]"],
  ])("refuses a gradient %s, and has then moved nothing", async (_, wrong, message) => {
    const backend = await open();
    const adam = { name: "adam", learningRate: 0.01 } as const;
    using model = await Model.open(backend, graph, parameters);
    using optimizer = new ModelOptimizer(model, adam);
    const before = backend.tf.memory().numTensors;
    expect(() => optimizer.step([...gradientsOf(model, 0), wrong])).toThrow(throwing("shape_mismatch", message));
    expect(backend.tf.memory().numTensors).toBe(before);
    expect(model.parameters()).toEqual(parameters);
    // The refused step does not count: the correction of Adam's means goes by the number of steps.
    for (const index of batches.keys()) optimizer.step(gradientsOf(model, index));
    expectClose(model.parameters(), await trained(backend, adam));
  });

  it("refuses the gradient of what is frozen", async () => {
    const frozen = {
      ...graph,
      parameters: graph.parameters.map((each) => ({ ...each, trainable: each.name !== "0.bias" })),
    };
    using model = await Model.open(await open(), frozen, parameters);
    using optimizer = new ModelOptimizer(model, sgd);
    const wrong = { name: "0.bias", shape: [3], values: new Float32Array(3) };
    expect(() => optimizer.step([wrong])).toThrow(throwing("shape_mismatch", "0.bias"));
  });

  it("refuses a setting out of its range, and keeps no tensor", async () => {
    const backend = await open();
    using model = await Model.open(backend, graph, parameters);
    const before = backend.tf.memory().numTensors;
    expect(() => new ModelOptimizer(model, { name: "adam", learningRate: -1 })).toThrow(
      throwing("invalid_request", "learningRate"),
    );
    expect(() => new ModelOptimizer(model, sgd, { norm: 0 })).toThrow(throwing("invalid_request", "norm"));
    using optimizer = new ModelOptimizer(model, sgd);
    for (const rate of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => optimizer.step([], rate)).toThrow(throwing("invalid_request", "learningRate"));
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it("frees every tensor", async () => {
    const backend = await open();
    const start = backend.tf.memory().numTensors;
    {
      using model = await Model.open(backend, graph, parameters);
      using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.01 }, { norm: 1 });
      const opened = backend.tf.memory().numTensors;
      expect(opened - start).toBe(3 * parameters.length);
      for (const index of batches.keys()) optimizer.step(gradientsOf(model, index));
      expect(backend.tf.memory().numTensors).toBe(opened);
    }
    expect(backend.tf.memory().numTensors).toBe(start);
  });
});
