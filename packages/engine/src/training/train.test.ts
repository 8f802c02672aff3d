import { type ErrorCode, TributaryError } from "@tributary/protocol";
import { expect, it } from "vitest";
import { forward } from "../inference/predictor.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { chain, links, plainSgd, randomBatches, randomParameters } from "../testing/networks.js";
import type { Batch } from "./batch.js";
import { evaluate } from "./evaluate.js";
import { type Progress, type TrainingSettings, train } from "./train.js";

const graph = chain(
  [1, 4, 4],
  [
    links.conv2d([2, 1, 2, 2], [2, 3, 3]),
    links.relu([2, 3, 3]),
    links.flatten([2, 3, 3]),
    { op: "dropout", attributes: { p: 0.5 }, shape: [18] },
    links.linear(18, 3),
  ],
);
const parameters = randomParameters(graph, 1);
const batches = randomBatches(graph, 2, 4, 5, 3);
const settings: TrainingSettings = {
  loss: { name: "cross-entropy" },
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  seed: 1,
  streamName: ["train", 1, "alice"],
};
const throwing = (code: ErrorCode) => expect.objectContaining({ name: "TributaryError", code });

function* failingAfterOne(): Generator<Batch> {
  yield* batches.slice(0, 1);
  throw new TributaryError("shard_invalid", "the shard is damaged");
}

describeOnEachBackend("train", (open) => {
  it("gives the parameters, the mean loss, the accuracy and how much it saw", async () => {
    const result = await train(await open(), graph, parameters, batches, settings);
    expect(result.parameters.map(({ name, shape }) => ({ name, shape }))).toEqual(
      graph.parameters.map(({ name, shape }) => ({ name, shape })),
    );
    expect(result).toMatchObject({ batches: 4, samplesSeen: 20 });
    expect(result.loss).toBeGreaterThan(0);
    expect(result.accuracy).toBeGreaterThanOrEqual(0);
  });

  it("does not change what it was given", async () => {
    const copy = parameters.map(({ values }) => values.slice());
    const result = await train(await open(), graph, parameters, batches, settings);
    expect(parameters.map(({ values }) => values)).toEqual(copy);
    expect(result.parameters[0]?.values).not.toEqual(copy[0]);
  });

  it("takes batches that come one after another from elsewhere", async () => {
    async function* arriving() {
      yield* batches;
    }
    const backend = await open();
    const expected = await train(backend, graph, parameters, batches, settings);
    expect(await train(backend, graph, parameters, arriving(), settings)).toEqual(expected);
  });

  it("learns: the loss falls", async () => {
    const [batch] = batches;
    const losses: number[] = [];
    const plain = chain([1, 4, 4], [links.flatten([1, 4, 4]), links.linear(16, 3)]);
    await train(
      await open(),
      plain,
      randomParameters(plain, 1),
      Array.from({ length: 20 }, () => batch ?? { images: new Float32Array(), shape: [], labels: new Int32Array() }),
      { ...settings, optimizer: plainSgd },
      { onProgress: ({ loss }) => losses.push(loss) },
    );
    expect(losses.at(-1)).toBeLessThan(Number(losses[0]) / 2);
  });

  it("reports each batch", async () => {
    const seen: Progress[] = [];
    const result = await train(await open(), graph, parameters, batches, settings, {
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.map(({ batch, samples }) => [batch, samples])).toEqual([
      [1, 5],
      [2, 10],
      [3, 15],
      [4, 20],
    ]);
    expect(seen.reduce((sum, { loss }) => sum + loss, 0) / 4).toBeCloseTo(result.loss, 12);
  });

  it("draws dropout from the seed and the stream's name only", async () => {
    const backend = await open();
    const bytes = async (changed: Partial<TrainingSettings>) =>
      (await train(backend, graph, parameters, batches, { ...settings, ...changed })).parameters;
    const first = await bytes({});
    expect(await bytes({})).toEqual(first);
    expect(await bytes({ seed: 2 })).not.toEqual(first);
    expect(await bytes({ streamName: ["train", 2, "alice"] })).not.toEqual(first);
  });

  it("leaves dropout out of evaluation", async () => {
    const backend = await open();
    const [batch] = batches;
    const once = () => forward(backend, graph, parameters, batch?.images ?? new Float32Array(), batch?.shape ?? []);
    expect(await once()).toEqual(await once());
  });

  it("does not train what is not trainable", async () => {
    const frozen = {
      ...graph,
      parameters: graph.parameters.map((parameter) => ({ ...parameter, trainable: !parameter.name.startsWith("0.") })),
    };
    const result = await train(await open(), frozen, parameters, batches, settings);
    expect(result.parameters[0]).toEqual(parameters[0]);
    expect(result.parameters[1]).toEqual(parameters[1]);
    expect(result.parameters[2]).not.toEqual(parameters[2]);
  });

  it("shows a loss that is not a number", async () => {
    const optimizer = { ...plainSgd, learningRate: 1e30 };
    const result = await train(await open(), graph, parameters, batches, { ...settings, optimizer });
    expect(result.loss).toBeNaN();
  });

  it("frees every tensor, whether it ends, fails or is called off", async () => {
    const backend = await open();
    const before = backend.tf.memory().numTensors;
    const tensors = () => backend.tf.memory().numTensors - before;

    await train(backend, graph, parameters, batches, settings);
    expect(tensors()).toBe(0);

    await expect(train(backend, graph, parameters, failingAfterOne(), settings)).rejects.toEqual(
      throwing("shard_invalid"),
    );
    expect(tensors()).toBe(0);

    const controller = new AbortController();
    const aborted = train(backend, graph, parameters, batches, settings, {
      signal: controller.signal,
      onProgress: ({ batch }) => batch === 2 && controller.abort(),
    });
    await expect(aborted).rejects.toEqual(throwing("aborted"));
    expect(tensors()).toBe(0);

    await expect(train(backend, graph, [], batches, settings)).rejects.toEqual(throwing("shape_mismatch"));
    await evaluate(backend, graph, parameters, batches, { loss: { name: "cross-entropy" } });
    await forward(backend, graph, parameters, new Float32Array(16), [1, 1, 4, 4]);
    expect(tensors()).toBe(0);
  });

  it("starts nothing when it was called off before", async () => {
    const run = train(await open(), graph, parameters, failingAfterOne(), settings, { signal: AbortSignal.abort() });
    await expect(run).rejects.toEqual(throwing("aborted"));
  });

  it("lets the event loop run between batches", async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await train(await open(), graph, parameters, batches, settings);
    clearImmediate(timer);
    expect(turns).toBeGreaterThanOrEqual(batches.length);
  });

  it.each<[string, ErrorCode, Partial<Batch>]>([
    ["a sample of another size", "shape_mismatch", { shape: [5, 1, 4, 5], images: new Float32Array(100) }],
    ["fewer values than the shape says", "shape_mismatch", { images: new Float32Array(79) }],
    ["fewer labels than samples", "shape_mismatch", { labels: new Int32Array(4) }],
    ["a label above the classes", "shape_mismatch", { labels: Int32Array.of(0, 1, 2, 3, 0) }],
    ["a negative label", "shape_mismatch", { labels: Int32Array.of(0, 1, 2, -1, 0) }],
    ["no sample", "shape_mismatch", { shape: [0, 1, 4, 4], images: new Float32Array(), labels: new Int32Array() }],
  ])("refuses %s", async (_, code, change) => {
    const bad = batches.slice(0, 1).map((batch) => ({ ...batch, ...change }));
    await expect(train(await open(), graph, parameters, bad, settings)).rejects.toEqual(throwing(code));
    await expect(evaluate(await open(), graph, parameters, bad, { loss: { name: "nll" } })).rejects.toEqual(
      throwing(code),
    );
  });

  it.each<[string, ErrorCode, Record<string, number | boolean>]>([
    ["a negative learning rate", "invalid_request", { learningRate: -0.1 }],
    ["a learning rate that is not a number", "invalid_request", { learningRate: Number.NaN }],
    ["a momentum above 1", "invalid_request", { momentum: 1.1 }],
    ["Nesterov without momentum", "invalid_request", { momentum: 0, nesterov: true }],
    ["a negative weight decay", "invalid_request", { weightDecay: -0.1 }],
  ])("refuses %s", async (_, code, change) => {
    const changed = { ...settings, optimizer: { ...settings.optimizer, ...change } };
    await expect(train(await open(), graph, parameters, batches, changed)).rejects.toEqual(throwing(code));
  });

  it("refuses a loss that makes no single number, and limits that are none", async () => {
    const unreduced = { ...settings, loss: { name: "cross-entropy", reduction: "none" } } as const;
    await expect(train(await open(), graph, parameters, batches, unreduced)).rejects.toEqual(
      throwing("invalid_request"),
    );
    const clipped = { ...settings, clipping: { norm: 0 } };
    await expect(train(await open(), graph, parameters, batches, clipped)).rejects.toEqual(throwing("invalid_request"));
  });

  it("refuses to train or evaluate on nothing", async () => {
    const backend = await open();
    await expect(train(backend, graph, parameters, [], settings)).rejects.toEqual(throwing("training_failed"));
    await expect(evaluate(backend, graph, parameters, [], { loss: { name: "nll" } })).rejects.toEqual(
      throwing("training_failed"),
    );
  });

  it("names the parameter that does not fit", async () => {
    const wrong = parameters.map((parameter) =>
      parameter.name === "4.bias" ? { ...parameter, shape: [4] } : parameter,
    );
    await expect(train(await open(), graph, wrong, batches, settings)).rejects.toThrow(
      "4.bias [4], expected 4.bias [3]",
    );
  });
});
