import { type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import { expect, it } from "vitest";
import { programOf } from "../graph/program.js";
import { EagerStep } from "../steps/eager-step.js";
import { openStep } from "../steps/open-step.js";
import { ruleOf } from "../steps/rule.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links, plainSgd, randomBatches, randomParameters } from "../testing/networks.js";
import { type Batch, classifierOf, inputOf, targetsOf } from "./batch.js";
import { type TrainingSettings, train } from "./train.js";

const [INPUTS, CLASSES] = [4, 3];
const linear = chain([INPUTS], [links.linear(INPUTS, CLASSES)]);
const parameters = randomParameters(linear, 1);
const correction = randomParameters(linear, 2);
const batches = randomBatches(linear, 3, 6, 5, CLASSES);
const settings: TrainingSettings = {
  loss: { name: "mse" },
  optimizer: plainSgd,
  seed: 1,
  streamName: ["objective"],
};

const convolutional = chain(
  [1, 4, 4],
  [
    links.conv2d([2, 1, 2, 2], [2, 3, 3]),
    links.relu([2, 3, 3]),
    links.flatten([2, 3, 3]),
    { op: "dropout", attributes: { p: 0.5 }, shape: [18] },
    links.linear(18, CLASSES),
  ],
);

/** [weight, bias] as float64. */
type Weights = readonly number[][];
const weightsOf = (set: ParameterSet): Weights => set.map(({ values }) => [...values]);

/** ∇F of the mean squared error of one-hot labels: 2/(B·C) · (o − t) ⊗ x. */
function gradientByHand([weight = [], bias = []]: Weights, { images, labels }: Batch): number[][] {
  const made = [weight.map(() => 0), bias.map(() => 0)];
  labels.forEach((label, sample) => {
    const x = images.subarray(sample * INPUTS, (sample + 1) * INPUTS);
    for (let c = 0; c < CLASSES; c++) {
      const output = x.reduce((sum, value, i) => sum + value * Number(weight[c * INPUTS + i]), Number(bias[c]));
      const slope = (2 * (output - (c === label ? 1 : 0))) / (labels.length * CLASSES);
      x.forEach((value, i) => {
        add(made[0], c * INPUTS + i, slope * value);
      });
      add(made[1], c, slope);
    }
  });
  return made;
}

const add = (to: number[] = [], at: number, value: number) => {
  to[at] = Number(to[at]) + value;
};

/** w − lr · (g + μ·(w − w₀) + c), step after step. */
function trainedByHand(given: readonly Batch[], mu: number, c: Weights): Weights {
  const start = weightsOf(parameters);
  let w = start;
  for (const batch of given) {
    const g = gradientByHand(w, batch);
    w = w.map((values, p) =>
      values.map((value, i) => {
        const whole = Number(g[p]?.[i]) + mu * (value - Number(start[p]?.[i])) + Number(c[p]?.[i]);
        return value - plainSgd.learningRate * whole;
      }),
    );
  }
  return w;
}

const none = weightsOf(parameters).map((values) => values.map(() => 0));

function farthest(actual: ParameterSet, expected: Weights): number {
  const distances = expected.flatMap((values, p) =>
    values.map((value, i) => Math.abs(value - (actual[p]?.values[i] ?? Number.NaN))),
  );
  return Math.max(...distances.map((distance) => (Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance)));
}

const bytesOf = (set: ParameterSet) => Buffer.concat(set.map(({ values }) => Buffer.from(values.buffer)));
const refused = (code: string) => expect.objectContaining({ constructor: TributaryError, code });

describeOnEachBackend("training with an objective", (open) => {
  const trained = async (objective: TrainingSettings["objective"], given = batches, other: object = {}) =>
    train(await open(), linear, parameters, given, { ...settings, ...other, ...(objective && { objective }) });

  it.each<[string, number, boolean]>([
    ["the loss alone", 0, false],
    ["a proximal term", 0.7, false],
    ["a correction", 0, true],
    ["both", 0.7, true],
  ])("steps by w − lr·(∇F + μ·(w − w₀) + c): %s", async (_, mu, corrected) => {
    const objective = { proximalMu: mu, ...(corrected && { correction }) };
    const { parameters: after } = await trained(objective);
    const expected = trainedByHand(batches, mu, corrected ? weightsOf(correction) : none);
    expect(farthest(after, expected)).toBeLessThan(1e-5);
    expect(farthest(parameters, expected)).toBeGreaterThan(1e-2);
  });

  it("gives the bytes of plain training when it asks for nothing", async () => {
    const today = await trained(undefined);
    expect(await trained({})).toEqual(today);
    expect(bytesOf((await trained({ proximalMu: 0 })).parameters)).toEqual(bytesOf(today.parameters));
  });

  it("stays where it began when μ is huge", async () => {
    const optimizer = { name: "sgd", learningRate: 1e-6 } as const;
    const far = await trained({ correction }, batches, { optimizer: { ...optimizer, learningRate: 1 } });
    expect(farthest(far.parameters, weightsOf(parameters))).toBeGreaterThan(0.1);
    const near = await trained({ proximalMu: 1e6, correction }, batches, { optimizer });
    expect(farthest(near.parameters, weightsOf(parameters))).toBeLessThan(1e-5);
  });

  it("clips the whole gradient, not the loss's alone", async () => {
    const huge = correction.map((vector): Parameter => ({ ...vector, values: vector.values.map(() => 1e6) }));
    const { parameters: after } = await trained({ correction: huge }, batches.slice(0, 1), { clipping: { value: 1 } });
    const expected = weightsOf(parameters).map((values) => values.map((value) => value - plainSgd.learningRate));
    expect(farthest(after, expected)).toBeLessThan(1e-6);
  });

  it("takes a correction of some parameters, in any order: the others have none", async () => {
    const [, bias] = correction;
    const { parameters: after } = await trained({ correction: bias ? [bias] : [] });
    const c = [none[0] ?? [], [...(bias?.values ?? [])]];
    expect(farthest(after, trainedByHand(batches, 0, c))).toBeLessThan(1e-5);
    expect(await trained({ correction: correction.toReversed() })).toEqual(await trained({ correction }));
  });

  it("takes the correction and the start of each training, not those of the one before", async () => {
    await trained({ proximalMu: 0.7, correction: randomParameters(linear, 9) });
    const { parameters: after } = await trained({ proximalMu: 0.7, correction });
    expect(farthest(after, trainedByHand(batches, 0.7, weightsOf(correction)))).toBeLessThan(1e-5);
  });

  it("keeps its vectors when a batch of another size comes", async () => {
    const given = [...batches, ...randomBatches(linear, 4, 2, 3, CLASSES)];
    const { parameters: after } = await trained({ proximalMu: 0.7, correction }, given);
    expect(farthest(after, trainedByHand(given, 0.7, weightsOf(correction)))).toBeLessThan(1e-5);
  });

  it("is the same op by op and as this backend does it, with layouts, dropout and momentum", async () => {
    const backend = await open();
    const program = programOf(convolutional);
    const optimizer = { name: "sgd", learningRate: 0.05, momentum: 0.9 } as const;
    const objective = { proximalMu: 0.3, correction: randomParameters(convolutional, 5) };
    const rule = ruleOf(backend.tf, { loss: { name: "cross-entropy" }, optimizer, objective });
    const start = randomParameters(convolutional, 6);
    const steps = [
      openStep(backend, program, rule, settings, start, objective),
      new EagerStep(backend, program, rule, settings, start, objective.correction),
    ];
    const loss = { name: "cross-entropy" } as const;
    for (const batch of randomBatches(convolutional, 7, 8, 5, CLASSES)) {
      const targets = targetsOf(loss, classifierOf(program), batch);
      for (const step of steps) step.run(inputOf(batch), targets, 0.05);
    }
    const [given = [], byOp = []] = steps.map((step) => step.parameters());
    for (const step of steps) step.dispose();
    expect(farthest(given, weightsOf(byOp))).toBeLessThan(1e-5);
    expect(farthest(given, weightsOf(start))).toBeGreaterThan(1e-2);
  });

  it("stops after its steps, and asks for no batch more", async () => {
    let asked = 0;
    function* counted() {
      for (const batch of batches) {
        asked += 1;
        yield batch;
      }
    }
    const result = await train(await open(), linear, parameters, counted(), {
      ...settings,
      objective: { maxSteps: 2 },
    });
    expect(result).toMatchObject({ batches: 2, samplesSeen: 10 });
    expect(asked).toBe(2);
    expect(result.parameters).toEqual((await trained(undefined, batches.slice(0, 2))).parameters);
    expect(await trained({ maxSteps: 100 })).toMatchObject({ batches: batches.length });
  });

  it("makes one step of many batches: that of all their samples at once", async () => {
    const given = [...batches, ...randomBatches(linear, 4, 1, 3, CLASSES)];
    const together: Batch = {
      images: Float32Array.from(given.flatMap(({ images }) => [...images])),
      shape: [33, INPUTS],
      labels: Int32Array.from(given.flatMap(({ labels }) => [...labels])),
    };
    const objective = { proximalMu: 0.7, correction };
    const passes = [...given, ...given];
    const result = await trained({ ...objective, samplesPerStep: 33 }, passes);
    expect(result).toMatchObject({ batches: 2, samplesSeen: 66 });
    const expected = trainedByHand([together, together], 0.7, weightsOf(correction));
    expect(farthest(result.parameters, expected)).toBeLessThan(1e-5);
    expect(await trained({ samplesPerStep: 33, maxSteps: 1 }, passes)).toMatchObject({ batches: 1, samplesSeen: 33 });
    const sums = { loss: { name: "mse", reduction: "sum" }, optimizer: { name: "sgd", learningRate: 0.01 } };
    const summed = await trained({ samplesPerStep: 33 }, given, sums);
    expect(farthest(summed.parameters, weightsOf((await trained({}, [together], sums)).parameters))).toBeLessThan(1e-5);
  });

  it("frees every tensor, whether it ends or is refused", async () => {
    const backend = await open();
    const before = backend.tf.memory().numTensors;
    await trained({ proximalMu: 1, correction });
    await trained({ proximalMu: 1, correction, samplesPerStep: 10 });
    await trained({ samplesPerStep: 7, maxSteps: 1 });
    await expect(trained({ correction: [...correction, ...correction] })).rejects.toEqual(refused("shape_mismatch"));
    await expect(trained({ samplesPerStep: 1_000 })).rejects.toEqual(refused("training_failed"));
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it.each<[string, string, () => NonNullable<TrainingSettings["objective"]>]>([
    ["a negative μ", "invalid_request", () => ({ proximalMu: -1 })],
    ["a μ that is no number", "invalid_request", () => ({ proximalMu: Number.NaN })],
    ["no step", "invalid_request", () => ({ maxSteps: 0 })],
    ["half a sample a step", "invalid_request", () => ({ samplesPerStep: 0.5 })],
    [
      "a correction of another shape",
      "shape_mismatch",
      () => ({ correction: correction.map((one) => ({ ...one, shape: [1, ...one.shape] })) }),
    ],
    [
      "a correction of what is not trained",
      "shape_mismatch",
      () => ({ correction: correction.map((one) => ({ ...one, name: "running_mean" })) }),
    ],
  ])("refuses %s", async (_, code, objective) => {
    await expect(trained(objective())).rejects.toEqual(refused(code));
  });
});
