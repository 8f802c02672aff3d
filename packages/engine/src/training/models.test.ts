import { catalogue, type Graph, initialise, modelNames, namedModel } from "@tributary/nn";
import { elementCount, stream } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { programOf } from "../graph/program.js";
import { forward } from "../inference/predictor.js";
import { ops } from "../ops/registry.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { plainSgd, randomBatches } from "../testing/networks.js";
import { type Batch, classifierOf } from "./batch.js";
import { train } from "./train.js";

describe("the engine", () => {
  it("runs every op of the catalogue and no other", () => {
    expect([...ops.keys()].sort()).toEqual([...catalogue.keys()].sort());
  });
});

describeOnEachBackend("named models", (open) => {
  it.each(modelNames)("%s gives its outputs and learns from a batch", async (name) => {
    const backend = await open();
    const graph = namedModel(name);
    const parameters = initialise(graph, 1);
    const batch = batchFor(graph, 2);
    const outputs = await forward(backend, graph, parameters, batch.images, batch.shape);
    const [, ...sizes] = graph.nodes.find(({ name }) => name === graph.outputs[0])?.shape ?? [];
    expect(outputs).toHaveLength(2 * elementCount(sizes));
    const loss = { name: graph.nodes.at(-1)?.op === "log_softmax" ? "nll" : "cross-entropy" } as const;
    const settings = { loss, optimizer: plainSgd, seed: 1, streamName: [] };
    const first = await train(backend, graph, parameters, [batch], settings);
    const second = await train(backend, graph, first.parameters, [batch], settings);
    expect(second.loss).toBeLessThan(first.loss);
  });
});

/** Random samples and labels that fit a network's input and output, indices where it looks them up. */
function batchFor(graph: Graph, size: number): Batch {
  const program = programOf(graph);
  const { classes, sizes } = classifierOf(program);
  const [{ images, shape } = { images: new Float32Array(), shape: [] }] = randomBatches(graph, 1, 1, size, 2);
  const rows = [...program.indexed.values()][0];
  const random = stream(1, "labels");
  return {
    images: rows === undefined ? images : images.map(() => random.below(rows)),
    shape,
    labels: Int32Array.from({ length: size * elementCount(sizes) }, () => random.below(classes)),
  };
}
