import { describe, expect, it } from "vitest";
import { describeOnEachBackend } from "../testing/backends.js";
import { goldenRules } from "../testing/golden.js";
import { walk } from "../testing/walk.js";
import { type OptimizerSettings, optimizerOf } from "./optimizer.js";

const settingsOf = goldenRules.optimizers.cases.map(({ settings }) => [JSON.stringify(settings), settings] as const);
const each = [...new Map(settingsOf)];
const start = { shape: [3], values: [1, -2, 0] };
const steps = (length: number, gradient: number[]) => ({
  start,
  gradients: Array.from({ length }, () => gradient),
  learningRates: Array.from({ length }, () => 0.01),
});

describeOnEachBackend("an optimizer", (open) => {
  it.each(each)("%s stands still when gradients are 0 and weights do not decay", async (_, settings) => {
    const { tf } = await open();
    const last = walk(tf, optimizerOf({ ...settings, weightDecay: 0 }), steps(3, [0, 0, 0])).at(-1);
    expect([...(last ?? [])]).toEqual(start.values);
  });

  it.each(each)("%s goes against the gradient", async (_, settings) => {
    const { tf } = await open();
    const [first] = walk(tf, optimizerOf({ ...settings, weightDecay: 0 }), steps(1, [1, -3, 0.5]));
    expect([...(first ?? [])].map((value, index) => Math.sign(value - (start.values[index] ?? 0)))).toEqual([
      -1, 1, -1,
    ]);
  });

  it.each(each)("%s does not hide a NaN", async (_, settings) => {
    const { tf } = await open();
    const last = walk(tf, optimizerOf(settings), steps(2, [Number.NaN, 1, 1])).at(-1);
    expect([...(last ?? [])].map(Number.isNaN)).toEqual([true, false, false]);
  });

  it.each(each)("%s stays finite on a plain that slopes evenly", async (_, settings) => {
    const { tf } = await open();
    const last = walk(tf, optimizerOf(settings), steps(300, [0.1, -0.7, 1e-3])).at(-1);
    expect([...(last ?? [])].every(Number.isFinite)).toBe(true);
  });

  it.each(each)("%s keeps the names and shapes of what it remembers", async (_, settings) => {
    const { tf } = await open();
    tf.tidy(() => {
      const optimizer = optimizerOf(settings);
      const names = Object.keys(optimizer.slots);
      const of = (make: (name: string) => [string, ReturnType<typeof tf.ones>]) => (all: string[]) =>
        Object.fromEntries(all.map(make));
      const moved = optimizer.apply(tf, {
        parameter: tf.ones([2, 3]),
        gradient: tf.ones([2, 3]),
        slots: of((name) => [name, tf.ones([2, 3])])(names),
        scalars: of((name) => [name, tf.scalar(0.5)])(Object.keys(optimizer.scalars(1, 0.1))),
      });
      expect(Object.keys(moved.slots).sort()).toEqual([...names].sort());
      for (const tensor of [moved.parameter, ...Object.values(moved.slots)]) expect(tensor.shape).toEqual([2, 3]);
    });
  });

  it("of plain SGD takes two ops", async () => {
    const { tf } = await open();
    const parameter = tf.tensor1d([1, 2]);
    const gradient = tf.tensor1d([3, 4]);
    const learningRate = tf.scalar(0.5);
    const { kernelNames } = await tf.profile(
      () =>
        optimizerOf({ name: "sgd", learningRate: 0.5 }).apply(tf, {
          parameter,
          gradient,
          slots: {},
          scalars: { learningRate },
        }).parameter,
    );
    tf.dispose([parameter, gradient, learningRate]);
    expect(kernelNames).toHaveLength(2);
  });
});

describe("an optimizer's numbers", () => {
  it.each(each)("%s: have the same names in every step", (_, settings) => {
    const optimizer = optimizerOf(settings);
    const names = Object.keys(optimizer.scalars(1, 0.1));
    for (const step of [2, 3, 1000, 1e6]) {
      const scalars = optimizer.scalars(step, 0.1);
      expect(Object.keys(scalars)).toEqual(names);
      expect(Object.values(scalars).every(Number.isFinite)).toBe(true);
    }
  });
});

describe("settings of an optimizer", () => {
  const learningRate = 0.1;
  const wrong: [says: string, settings: OptimizerSettings][] = [
    ["sgd: learningRate must be 0 or above, got -1", { name: "sgd", learningRate: -1 }],
    ["adam: learningRate must be 0 or above, got NaN", { name: "adam", learningRate: Number.NaN }],
    ["sgd: momentum must be from 0 to 1, got 1.5", { name: "sgd", learningRate, momentum: 1.5 }],
    ["sgd: dampening must be at most 1, got 2", { name: "sgd", learningRate, dampening: 2 }],
    ["sgd: weightDecay must be 0 or above, got -1", { name: "sgd", learningRate, weightDecay: -1 }],
    ["sgd: nesterov needs a momentum above 0", { name: "sgd", learningRate, nesterov: true }],
    ["and no dampening", { name: "sgd", learningRate, nesterov: true, momentum: 0.9, dampening: 0.1 }],
    ["adam: betas[0] must be from 0 to below 1, got 1", { name: "adam", learningRate, betas: [1, 0.9] }],
    ["adamw: betas[1] must be from 0 to below 1, got -0.1", { name: "adamw", learningRate, betas: [0, -0.1] }],
    ["adamw: eps must be 0 or above, got -1", { name: "adamw", learningRate, eps: -1 }],
    ["adagrad: initialAccumulator must be 0 or above", { name: "adagrad", learningRate, initialAccumulator: -1 }],
    ["rmsprop: alpha must be from 0 to 1, got 1.5", { name: "rmsprop", learningRate, alpha: 1.5 }],
    ["adadelta: rho must be from 0 to 1, got Infinity", { name: "adadelta", learningRate, rho: 1 / 0 }],
    ["adam: learningRate is needed", JSON.parse('{ "name": "adam" }')],
    ['unknown optimizer "lion": one of sgd, adam, adamw', JSON.parse('{ "name": "lion", "learningRate": 0.1 }')],
  ];
  it.each(wrong)("are refused: %s", (says, settings) => {
    expect(() => optimizerOf(settings)).toThrowError(expect.objectContaining({ code: "invalid_request" }));
    expect(() => optimizerOf(settings)).toThrowError(says);
  });
});
