import type { Parameter } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { relu } from "../functional.js";
import type { Graph } from "../graph/graph.js";
import { initialise } from "../initialise.js";
import { Embedding } from "../layers/embedding.js";
import { Linear } from "../layers/linear.js";
import { LSTM } from "../layers/recurrent.js";
import { namedModel } from "../models/named-models.js";
import { Module } from "../module/module.js";
import { sequential } from "../module/sequential.js";
import { trace } from "../module/trace.js";
import type { Value } from "../module/value.js";
import { catalogue, registerOp } from "../ops/catalogue.js";
import { defineOp } from "../ops/op.js";
import { exportOnnx } from "./export.js";
import { decodeOnnxParameters, readOnnx } from "./read.js";
import { onnxRules } from "./rules/rules.js";

describe("the export to ONNX", () => {
  it("knows every op of the catalogue and no other", () => {
    expect(Object.keys(onnxRules).sort()).toEqual([...catalogue.keys()].sort());
  });

  it("keeps names, layouts and values of the parameters", () => {
    const graph = trace(sequential(new Embedding(5, 3), new LSTM(3, 4), new Linear(4, 2)), [6]);
    const parameters = initialise(graph, 1);
    expect(decodeOnnxParameters(exportOnnx(graph, [...parameters].reverse()))).toEqual(parameters);
  });

  it("says who wrote it, for which operators, and what it was told", () => {
    const graph = namedModel("logistic");
    const file = readOnnx(exportOnnx(graph, initialise(graph, 1), { metadata: { job: "abc", round: "3" } }));
    expect(file).toMatchObject({ producer: "tributary", opset: 17, metadata: { job: "abc", round: "3" } });
  });

  it("gives the same bytes for the same network", () => {
    const graph = namedModel("resnet-small");
    const [first, second] = [1, 1].map((seed) => Buffer.from(exportOnnx(graph, initialise(graph, seed))));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
  });

  it("keeps a value apart from a parameter of the same name", () => {
    const graph: Graph = {
      name: "clash",
      inputs: [{ name: "w", shape: [-1, 1] }],
      nodes: [
        {
          name: "b",
          op: "linear",
          inputs: ["w"],
          parameters: { weight: "w", bias: "b" },
          attributes: {},
          shape: [-1, 1],
          module: "",
        },
      ],
      outputs: ["b"],
      parameters: ["w", "b"].map((name) => ({
        name,
        shape: name === "w" ? [1, 1] : [1],
        initialiser: { rule: "constant", value: 1 },
        trainable: true,
        buffer: false,
      })),
    };
    const text = Buffer.from(exportOnnx(graph, initialise(graph, 1))).toString("latin1");
    expect(text).toContain("w_2");
    expect(text).toContain("b_2");
  });

  it("refuses an operator of one's own, naming it", () => {
    registerOp(defineOp({ name: "acme.swish", attributes: z.strictObject({}), infer: ({ input }) => [...input] }));
    class Own extends Module {
      forward(x: Value): Value {
        return relu(x.apply("acme.swish"));
      }
    }
    expect(() => exportOnnx(trace(new Own(), [4]), [])).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: 'acme.swish: ONNX has no "acme.swish"' }),
    );
  });

  it("refuses NaN, with the place", () => {
    const graph = trace(new Linear(3, 2), [3]);
    const parameters = initialise(graph, 1);
    parameters[0]?.values.set([Number.NaN], 4);
    expect(() => exportOnnx(graph, parameters)).toThrow(
      expect.objectContaining({ code: "parameters_not_finite", message: "weight[1, 1] is NaN" }),
    );
  });

  it("refuses parameters of another network, and values that do not fill their shape", () => {
    const graph = trace(new Linear(3, 2), [3]);
    const bias: Parameter = { name: "bias", shape: [2], values: new Float32Array(2) };
    const weight = { name: "weight", shape: [2, 3] };
    expect(() => exportOnnx(graph, [bias])).toThrow(expect.objectContaining({ code: "parameters_mismatch" }));
    expect(() => exportOnnx(graph, [{ ...weight, values: new Float32Array(5) }, bias])).toThrow(
      expect.objectContaining({ code: "shape_mismatch", message: "parameter weight: 5 values do not fill [2, 3]" }),
    );
  });
});
