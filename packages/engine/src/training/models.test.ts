import { catalogue, initialise, modelNames, namedModel } from "@tributary/nn";
import { elementCount } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { forward } from "../inference/predictor.js";
import { ops } from "../ops/registry.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { plainSgd, randomBatch } from "../testing/networks.js";

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
    const batch = randomBatch(graph, 1, 2);
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
