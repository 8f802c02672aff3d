import { ops as catalogue, initialise, modelNames, namedModel } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { ops } from "../ops/registry.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { plainSgd, randomBatches } from "../testing/networks.js";
import { forward } from "./evaluate.js";
import { train } from "./train.js";

describe("the engine", () => {
  it("runs every op of the catalogue and no other", () => {
    expect([...ops.keys()].sort()).toEqual([...catalogue.keys()].sort());
  });
});

describeOnEachBackend("named models", (open) => {
  it.each(modelNames)("%s gives ten outputs a sample and learns from a batch", async (name) => {
    const backend = await open();
    const graph = namedModel(name);
    const parameters = initialise(graph, 1);
    const [batch] = randomBatches(graph, 1, 1, 2, 10);
    if (batch === undefined) throw new Error("no batch");
    expect(await forward(backend, graph, parameters, batch.images, batch.shape)).toHaveLength(20);
    const loss = name === "pysyft-cnn" ? "nll" : "cross-entropy";
    const settings = { loss, optimizer: plainSgd, seed: 1, streamName: [] } as const;
    const first = await train(backend, graph, parameters, [batch], settings);
    const second = await train(backend, graph, first.parameters, [batch], settings);
    expect(second.loss).toBeLessThan(first.loss);
  });
});
