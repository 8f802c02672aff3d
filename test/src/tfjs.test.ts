import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { mnist } from "@tributary/data";
import { exportTfjs, openBackend, Predictor } from "@tributary/engine";
import { encodeSafetensors, type Graph, modelNames, namedModel, trace } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { temporaryFolder, tributary } from "./support/federation.js";
import { cases } from "./support/onnx-networks.js";
import { farthest } from "./support/onnx-runtime.js";
import { seededInput, seededParameters } from "./support/seeded.js";

/** A model as TensorFlow.js loads it, from the files of the zip. */
async function load(zip: Uint8Array) {
  const { "model.json": json, "weights.bin": weights, ...others } = unzipSync(zip);
  expect(Object.keys(others)).toEqual([]);
  const { weightsManifest, ...rest } = JSON.parse(new TextDecoder().decode(json));
  expect(weightsManifest[0].paths).toEqual(["weights.bin"]);
  const weightData = Uint8Array.from(weights ?? []).buffer;
  return loadLayersModel(tf.io.fromMemory({ ...rest, weightSpecs: weightsManifest[0].weights, weightData }));
}

const outputsOf = (model: Awaited<ReturnType<typeof load>>, input: { values: Float32Array; shape: number[] }) =>
  tf.tidy(() => {
    const made = model.predict(tf.tensor(input.values, input.shape));
    return (Array.isArray(made) ? made : [made]).map((output) => ({ shape: output.shape, values: output.dataSync() }));
  });

async function compare(graph: Graph, parameters: ParameterSet): Promise<void> {
  const backend = await openBackend();
  const model = await load(await exportTfjs(backend, graph, parameters));
  using predictor = await Predictor.open(backend, graph, parameters);
  for (const batch of [1, 3]) {
    const input = seededInput(graph, batch, batch);
    const outputs = outputsOf(model, input);
    const expected = predictor.run(input);
    expect(outputs.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => [...shape]));
    for (const [index, { values }] of outputs.entries())
      expect(farthest(values, expected[index]?.values ?? [])).toBeLessThan(1);
  }
  model.dispose();
}

/** Of the cases, those that TensorFlow.js has layers for. */
const written: readonly string[] = [
  ...["relu", "leaky relu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "prelu of one slope"],
  ...["prelu by channel, images", "prelu by channel, features", "softmax", "log softmax along the rows"],
  ...["conv2d that keeps the size with an even kernel", "conv2d, depthwise, no bias", "dropout", "embedding", "concat"],
  ...["narrow and split", "linear", "linear over the last dimension", "linear without bias", "batch norm, features"],
  ...["batch norm, sequences", "batch norm, images", "layer norm", "average pool 2d", "adaptive pool 2d to one"],
  ...["adaptive pool 2d that divides", "rnn", "lstm without biases", "flatten", "reshape", "permute"],
  ...["flatten from the second dimension on", "upsample, nearest, to a multiple"],
  "an input that is returned, and a value twice",
];

describe("exported to TensorFlow.js", () => {
  it.each(modelNames)("%s gives the same outputs as here, for batches of one and of three", async (name) => {
    const graph = namedModel(name);
    await compare(graph, seededParameters(graph, 1));
  });

  it.each(cases)("%s: the same outputs as here, or a refusal that names the node", async (title, module, input) => {
    const graph = trace(module, input, { name: title });
    const parameters = seededParameters(graph, 1);
    if (written.includes(title)) return compare(graph, parameters);
    const backend = await openBackend();
    const before = tf.memory().numTensors;
    const refusal = await exportTfjs(backend, graph, parameters).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TributaryError);
    expect(refusal).toMatchObject({ code: "invalid_graph", hint: "Export it as ONNX or safetensors." });
    expect(graph.nodes.some(({ name }) => String(refusal).includes(`${name}: `))).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("gives the same file for the same model, and keeps no tensor", async () => {
    const graph = namedModel("lenet5");
    const parameters = seededParameters(graph, 1);
    const backend = await openBackend();
    const first = await exportTfjs(backend, graph, parameters);
    const before = tf.memory().numTensors;
    expect(Buffer.compare(await exportTfjs(backend, graph, parameters), first)).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("by the command line: loaded over HTTP as a page does it, it tells MNIST's digits as here", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    const graph = namedModel("lenet5");
    const parameters = seededParameters(graph, 1);
    await writeFile(at("model.safetensors"), encodeSafetensors(parameters));
    const args = ["model", "export", "lenet5", "--weights", at("model.safetensors"), "--output", at("model.zip")];
    expect(await tributary(args, folder.path)).toMatchObject({ exitCode: 0, output: expect.stringContaining("tfjs") });
    const files = unzipSync(await readFile(at("model.zip")));
    const server = createServer(({ url = "" }, response) => response.end(files[url.slice("/net/".length)]));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const backend = await openBackend();
    const model = await loadLayersModel(`http://127.0.0.1:${port}/net/model.json`).finally(() => server.close());
    const { values } = await mnist("test");
    const images = Float32Array.from(values.subarray(0, 100 * 784), (value) => (value / 255 - 0.1307) / 0.3081);
    const input = { values: images, shape: [100, 1, 28, 28] };
    using predictor = await Predictor.open(backend, graph, parameters);
    const [here] = predictor.run(input);
    const [there] = outputsOf(model, input);
    const differences = Array.from(there?.values ?? [], (value, place) => Math.abs(value - (here?.values[place] ?? 0)));
    expect(differences).toHaveLength(1_000);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    // The outputs are of a size for which this says something.
    expect(Math.max(...(here?.values ?? []))).toBeGreaterThan(0.1);
  });
});
