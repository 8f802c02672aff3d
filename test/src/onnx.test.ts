import { openBackend, Predictor } from "@tributary/engine";
import { catalogue, exportOnnx, type Graph, modelNames, namedModel, trace } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { cases } from "./support/onnx-networks.js";
import { farthest, onnxRuntime, runOnnx } from "./support/onnx-runtime.js";
import { seededInput, seededParameters } from "./support/seeded.js";

const networks: readonly (readonly [string, Graph])[] = [
  ...cases.map(([title, module, input]) => [title, trace(module, input, { name: title })] as const),
  ...modelNames.map((name) => [name, namedModel(name)] as const),
];

describe("the networks of this test", () => {
  it("have every op of the catalogue", () => {
    const ops = new Set(networks.flatMap(([, { nodes }]) => nodes.map(({ op }) => op)));
    expect([...catalogue.keys()].filter((name) => !ops.has(name))).toEqual([]);
  });
});

describe.skipIf(!onnxRuntime.works)(`exported to ONNX, in onnxruntime-node${onnxRuntime.note}`, () => {
  it.each(networks)("%s gives the same outputs as here, for batches of one and of three", async (_, graph) => {
    const parameters = seededParameters(graph, 1);
    const file = exportOnnx(graph, parameters);
    using predictor = await Predictor.open(await openBackend(), graph, parameters);
    for (const batch of [1, 3]) {
      const input = seededInput(graph, batch, batch);
      const outputs = await runOnnx(file, [input]);
      const expected = predictor.run(input);
      expect(outputs.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => [...shape]));
      for (const [index, { values }] of outputs.entries())
        expect(farthest(values, expected[index]?.values ?? [])).toBeLessThan(1);
    }
  });
});
