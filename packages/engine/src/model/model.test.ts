import {
  BatchNorm1d,
  concat,
  dropout,
  freeze,
  initialise,
  Linear,
  Module,
  relu,
  trace,
  type Value,
} from "@tributary/nn";
import { type ErrorCode, elementCount, type Parameter, TributaryError } from "@tributary/protocol";
import { expect, it } from "vitest";
import type { Backend } from "../backend/backend.js";
import type { Dense } from "../graph/dense.js";
import { forward } from "../inference/predictor.js";
import type { LossSettings } from "../losses/loss.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links, randomBatches, randomParameters } from "../testing/networks.js";
import { Model, type OwnLoss } from "./model.js";

/** Smooth, so that finite differences come close. */
const graph = chain(
  [2, 5, 5],
  [
    links.conv2d([3, 2, 2, 3], [3, 4, 3]),
    { op: "tanh", shape: [3, 4, 3] },
    links.flatten([3, 4, 3]),
    links.linear(36, 4),
  ],
);
const parameters = randomParameters(graph, 1);
const [batch = { images: new Float32Array(), shape: [], labels: new Int32Array() }] = randomBatches(graph, 2, 1, 5, 4);
const input: Dense = { shape: batch.shape, values: batch.images };
const labels: Dense = { shape: [5], values: batch.labels };
const crossEntropy = { name: "cross-entropy" } as const;
const throwing = (code: ErrorCode, message: string) =>
  expect.objectContaining({ name: "TributaryError", code, message: expect.stringContaining(message) });

/** Two inputs and two outputs; the second output depends on the second input only. */
class Pair extends Module {
  joined = new Linear(5, 2);
  alone = new Linear(3, 1);
  forward(a: Value, b: Value): Value[] {
    return [this.joined.forward(concat([a, b])), this.alone.forward(b)];
  }
}
const pair = trace(new Pair(), [[2], [3]]);
const pairInputs: Dense[] = [
  { shape: [2, 2], values: Float32Array.of(1, -2, 0.5, 3) },
  { shape: [2, 3], values: Float32Array.of(0.1, 0.2, 0.3, -1, 2, -3) },
];
const sumOf =
  (index: number): OwnLoss =>
  (tf, outputs) =>
    tf.sum(outputs[index] ?? 0);

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, digits = 5) => {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++)
    expect(actual[index], `value ${index}`).toBeCloseTo(expected[index] ?? Number.NaN, digits);
};

/** The same parameters with one value moved. */
const moved = (all: readonly Parameter[], name: string, index: number, by: number): Parameter[] =>
  all.map((parameter) =>
    parameter.name === name
      ? { ...parameter, values: parameter.values.map((value, at) => (at === index ? value + by : value)) }
      : parameter,
  );

const tensorsOf = ({ tf }: Backend) => tf.memory().numTensors;

describeOnEachBackend("Model", (open) => {
  it("gives what the engine's forward gives", async () => {
    const backend = await open();
    using model = await Model.open(backend, graph, parameters);
    const [output] = model.forward(input);
    expect(output?.shape).toEqual([5, 4]);
    close(output?.values ?? [], await forward(backend, graph, parameters, batch.images, batch.shape));
  });

  it("takes several inputs and gives several outputs", async () => {
    using model = await Model.open(await open(), pair, initialise(pair, 1));
    const outputs = model.forward(...pairInputs);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [2, 2],
      [2, 1],
    ]);
    const { outputs: trained } = model.gradients(pairInputs, undefined, sumOf(0));
    expect(trained).toEqual(outputs);
  });

  it.each<[string, LossSettings, Dense]>([
    ["classes", crossEntropy, labels],
    ["values", { name: "mse" }, { shape: [5, 4], values: Float32Array.from({ length: 20 }, (_, at) => at / 20) }],
    ["a sum", { ...crossEntropy, reduction: "sum" }, labels],
  ])("finds the gradients that finite differences find, for a loss of %s", async (_, loss, targets) => {
    using model = await Model.open(await open(), graph, parameters);
    const { gradients } = model.gradients([input], targets, loss);
    expect(gradients.map(({ name, shape }) => ({ name, shape }))).toEqual(
      parameters.map(({ name, shape }) => ({ name, shape })),
    );
    const epsilon = 2 ** -8;
    const lossAt = (name: string, index: number, by: number) => {
      model.load(moved(parameters, name, index, by));
      return model.gradients([input], targets, loss).loss;
    };
    for (const { name, values } of gradients)
      for (let index = 0; index < values.length; index += Math.ceil(values.length / 6)) {
        const measured = (lossAt(name, index, epsilon) - lossAt(name, index, -epsilon)) / (2 * epsilon);
        expect(values[index], `${name}[${index}]`).toBeCloseTo(measured, 2);
      }
  });

  it("finds the gradients of the inputs", async () => {
    using model = await Model.open(await open(), graph, parameters);
    const options = { inputGradients: true };
    const { inputGradients } = model.gradients([input], labels, crossEntropy, options);
    const [gradient] = inputGradients;
    expect(gradient?.shape).toEqual(batch.shape);
    const epsilon = 2 ** -6;
    const lossAt = (index: number, by: number) => {
      const values = batch.images.map((value, at) => (at === index ? value + by : value));
      return model.gradients([{ ...input, values }], labels, crossEntropy).loss;
    };
    for (let index = 0; index < batch.images.length; index += 23)
      expect(gradient?.values[index], `input ${index}`).toBeCloseTo(
        (lossAt(index, epsilon) - lossAt(index, -epsilon)) / (2 * epsilon),
        3,
      );
    expect(model.gradients([input], labels, crossEntropy).inputGradients).toEqual([]);
  });

  it("finds the gradients of the inputs of a network that has nothing to train", async () => {
    class Fixed extends Module {
      forward(x: Value): Value {
        return relu(x);
      }
    }
    using model = await Model.open(await open(), trace(new Fixed(), [3]), []);
    const given = { shape: [1, 3], values: Float32Array.of(-1, 2, 3) };
    const { gradients, inputGradients } = model.gradients([given], undefined, sumOf(0), { inputGradients: true });
    expect(gradients).toEqual([]);
    expect(inputGradients).toEqual([{ shape: [1, 3], values: Float32Array.of(0, 1, 1) }]);
    expect(() => model.gradients([given], undefined, sumOf(0))).toThrow(throwing("invalid_graph", "no parameter"));
  });

  it("leaves out what the loss does not depend on", async () => {
    using model = await Model.open(await open(), pair, initialise(pair, 1));
    const options = { inputGradients: true };
    const { gradients, inputGradients } = model.gradients(pairInputs, undefined, sumOf(1), options);
    expect(gradients.map(({ name }) => name)).toEqual(["alone.weight", "alone.bias"]);
    expect(inputGradients.map((gradient) => gradient?.shape)).toEqual([undefined, [2, 3]]);
  });

  it("leaves out what is frozen", async () => {
    const module = new Pair();
    freeze(module.joined);
    const frozen = trace(module, [[2], [3]]);
    using model = await Model.open(await open(), frozen, initialise(frozen, 1));
    const { gradients } = model.gradients(pairInputs, undefined, (tf, [a, b]) =>
      tf.add(tf.sum(a ?? 0), tf.sum(b ?? 0)),
    );
    expect(gradients.map(({ name }) => name)).toEqual(["alone.weight", "alone.bias"]);
  });

  it("takes a loss of one's own, the same as one by name", async () => {
    using model = await Model.open(await open(), graph, parameters);
    const zeros = { shape: [5, 4], values: new Float32Array(20) };
    const named = model.gradients([input], zeros, { name: "mse" });
    const own = model.gradients([input], undefined, (tf, [output]) => tf.mean(tf.square(output ?? 0)));
    expect(own.loss).toBeCloseTo(named.loss, 6);
    for (const [index, { values }] of named.gradients.entries()) close(own.gradients[index]?.values ?? [], values);
  });

  it("moves no parameter, and running statistics as training does", async () => {
    class Normed extends Module {
      norm = new BatchNorm1d(2);
      forward(x: Value): Value {
        return this.norm.forward(x);
      }
    }
    const normed = trace(new Normed(), [2]);
    using model = await Model.open(await open(), normed, initialise(normed, 1));
    const before = model.parameters();
    const given = { shape: [4, 2], values: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40) };
    model.gradients([given], undefined, sumOf(0));
    const after = new Map(model.parameters().map(({ name, values }) => [name, values]));
    for (const { name, values } of before)
      if (name === "norm.weight" || name === "norm.bias") expect(after.get(name)).toEqual(values);
    // 0.9 · 0 + 0.1 · mean, by the default momentum.
    close(after.get("norm.running_mean") ?? [], [0.25, 2.5]);
  });

  it("draws dropout from the seed and the stream's name, and leaves it out of forward", async () => {
    class Dropping extends Module {
      fc = new Linear(2, 64);
      forward(x: Value): Value {
        return dropout(this.fc.forward(x), 0.5);
      }
    }
    const dropping = trace(new Dropping(), [2]);
    using model = await Model.open(await open(), dropping, initialise(dropping, 1));
    const given = { shape: [1, 2], values: Float32Array.of(1, 1) };
    const zeros = (seed: number, ...streamName: (string | number)[]) =>
      model
        .gradients([given], undefined, sumOf(0), { seeding: { seed, streamName } })
        .outputs[0]?.values.map((value) => Number(value === 0));
    expect(zeros(1, "step", 1)).toEqual(zeros(1, "step", 1));
    expect(zeros(1, "step", 2)).not.toEqual(zeros(1, "step", 1));
    expect(zeros(2, "step", 1)).not.toEqual(zeros(1, "step", 1));
    expect(zeros(1, "step", 1)?.some((dropped) => dropped === 1)).toBe(true);
    expect(model.forward(given)[0]?.values.some((value) => value === 0)).toBe(false);
  });

  it("gives copies of its parameters, and takes others", async () => {
    using model = await Model.open(await open(), graph, parameters);
    expect(model.parameters()).toEqual(parameters);
    model.parameters()[0]?.values.fill(7);
    expect(model.parameters()).toEqual(parameters);
    const others = randomParameters(graph, 2);
    const given = others.map(({ values }) => values.slice());
    model.load(others);
    expect(model.parameters()).toEqual(others);
    expect(others.map(({ values }) => values)).toEqual(given);
  });

  it("keeps what it has when others do not fit", async () => {
    using model = await Model.open(await open(), graph, parameters);
    expect(() => model.load(parameters.slice(1))).toThrow(throwing("shape_mismatch", "expected 4 parameters, got 3"));
    expect(() => model.load(parameters.map((each) => ({ ...each, shape: [1] })))).toThrow(
      throwing("shape_mismatch", "parameter 0 is 0.weight [1]"),
    );
    expect(model.parameters()).toEqual(parameters);
  });

  it.each<[string, readonly Dense[], Dense | undefined, LossSettings, ErrorCode, string]>([
    [
      "another sample",
      [{ shape: [5, 2, 5, 4], values: new Float32Array(200) }],
      labels,
      crossEntropy,
      "shape_mismatch",
      "a batch is [5,2,5,4]",
    ],
    [
      "too few values",
      [{ ...input, values: new Float32Array(9) }],
      labels,
      crossEntropy,
      "shape_mismatch",
      "with 9 values",
    ],
    [
      "an empty batch",
      [{ shape: [0, 2, 5, 5], values: new Float32Array() }],
      labels,
      crossEntropy,
      "shape_mismatch",
      "[0,2,5,5]",
    ],
    ["two inputs for one", [input, input], labels, crossEntropy, "shape_mismatch", "takes 1 inputs, got 2"],
    [
      "targets that do not fill their shape",
      [input],
      { shape: [5], values: new Int32Array(4) },
      crossEntropy,
      "shape_mismatch",
      "targets: 4 values",
    ],
    [
      "targets of another batch",
      [input],
      { shape: [4], values: new Int32Array(4) },
      crossEntropy,
      "shape_mismatch",
      "[4]",
    ],
    [
      "a class that there is not",
      [input],
      { shape: [5], values: Int32Array.of(0, 1, 4, 0, 0) },
      crossEntropy,
      "shape_mismatch",
      "label 4 does not fit the model's 4 classes",
    ],
    [
      "a negative class",
      [input],
      { shape: [5], values: Int32Array.of(0, 1, -1, 0, 0) },
      { name: "nll" },
      "shape_mismatch",
      "label -1",
    ],
    [
      "values of another shape",
      [input],
      { shape: [5, 3], values: new Float32Array(15) },
      { name: "mse" },
      "shape_mismatch",
      "[5,3]",
    ],
    ["no targets", [input], undefined, crossEntropy, "invalid_request", "cross-entropy needs an output and targets"],
    [
      "a loss that is no number",
      [input],
      labels,
      { ...crossEntropy, reduction: "none" },
      "shape_mismatch",
      "one number, got [5]",
    ],
    [
      "a setting out of its range",
      [input],
      labels,
      { ...crossEntropy, labelSmoothing: 2 },
      "invalid_request",
      "labelSmoothing",
    ],
  ])("refuses %s, and frees every tensor", async (_, inputs, targets, loss, code, message) => {
    const backend = await open();
    using model = await Model.open(backend, graph, parameters);
    const before = tensorsOf(backend);
    expect(() => model.gradients(inputs, targets, loss)).toThrow(throwing(code, message));
    expect(tensorsOf(backend)).toBe(before);
    expect(model.gradients([input], labels, crossEntropy).loss).toBeGreaterThan(0);
  });

  it("lets labels that the loss ignores pass", async () => {
    using model = await Model.open(await open(), graph, parameters);
    const some = { shape: [5], values: Int32Array.of(0, 255, 1, 255, 3) };
    expect(model.gradients([input], some, { ...crossEntropy, ignoreIndex: 255 }).loss).toBeGreaterThan(0);
  });

  it("refuses inputs of unlike batches", async () => {
    using model = await Model.open(await open(), pair, initialise(pair, 1));
    const [first, second] = pairInputs;
    const one = { shape: [1, 3], values: second?.values.slice(0, 3) ?? new Float32Array() };
    expect(() => model.forward(first ?? one, one)).toThrow(throwing("shape_mismatch", "input2 has 1 samples"));
    expect(() => model.forward(one)).toThrow(throwing("shape_mismatch", "takes 2 inputs, got 1"));
  });

  it("refuses parameters that are not the graph's, and ops that it does not know", async () => {
    const backend = await open();
    const before = tensorsOf(backend);
    await expect(Model.open(backend, graph, [])).rejects.toEqual(throwing("shape_mismatch", "expected 4 parameters"));
    const unknown = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, op: "format_disk" })) };
    await expect(Model.open(backend, unknown, parameters)).rejects.toEqual(throwing("invalid_graph", "format_disk"));
    expect(tensorsOf(backend)).toBe(before);
  });

  it("frees every tensor, also when a loss of one's own throws", async () => {
    const backend = await open();
    const start = tensorsOf(backend);
    {
      using model = await Model.open(backend, graph, parameters);
      const opened = tensorsOf(backend);
      expect(opened - start).toBe(parameters.length);
      model.forward(input);
      model.gradients([input], labels, crossEntropy, { inputGradients: true });
      model.gradients([input], undefined, sumOf(0));
      model.load(parameters);
      const failing: OwnLoss = (tf, [output]) => {
        tf.square(output ?? 0);
        throw new TributaryError("invalid_request", "no such loss");
      };
      expect(() => model.gradients([input], undefined, failing)).toThrow("no such loss");
      expect(tensorsOf(backend)).toBe(opened);
      expect(elementCount(model.parameters()[0]?.shape ?? [])).toBe(36);
    }
    expect(tensorsOf(backend)).toBe(start);
  });
});
