import { describe, expect, it } from "vitest";
import { flatten, logSoftmax, maxPool2d, relu } from "../functional.js";
import { ReLU } from "../layers/activation.js";
import { Conv2d } from "../layers/convolution.js";
import { Dropout } from "../layers/dropout.js";
import { Linear } from "../layers/linear.js";
import { AvgPool2d, MaxPool2d } from "../layers/pooling.js";
import { Flatten } from "../layers/shape.js";
import { Module } from "./module.js";
import { sequential } from "./sequential.js";
import { trace } from "./trace.js";
import type { Value } from "./value.js";

class Net extends Module {
  conv1 = new Conv2d(1, 20, 5);
  fc1 = new Linear(20 * 12 * 12, 10);
  forward(x: Value): Value {
    x = maxPool2d(relu(this.conv1.forward(x)), 2);
    return logSoftmax(this.fc1.forward(flatten(x)));
  }
}

const shapesOf = (module: Module, input: number[]) => trace(module, input).nodes.map(({ shape }) => shape);

describe("trace", () => {
  it("writes down the ops of forward() in order, with shapes and PyTorch's names", () => {
    const graph = trace(new Net(), [1, 28, 28]);
    expect(graph.name).toBe("Net");
    expect(graph.nodes.map(({ op, shape, module }) => ({ op, shape, module }))).toEqual([
      { op: "conv2d", shape: [-1, 20, 24, 24], module: "conv1" },
      { op: "relu", shape: [-1, 20, 24, 24], module: "" },
      { op: "max_pool2d", shape: [-1, 20, 12, 12], module: "" },
      { op: "flatten", shape: [-1, 2880], module: "" },
      { op: "linear", shape: [-1, 10], module: "fc1" },
      { op: "log_softmax", shape: [-1, 10], module: "" },
    ]);
    expect(graph.parameters.map(({ name, shape }) => [name, shape])).toEqual([
      ["conv1.weight", [20, 1, 5, 5]],
      ["conv1.bias", [20]],
      ["fc1.weight", [10, 2880]],
      ["fc1.bias", [10]],
    ]);
  });

  it("names the parts of sequential() by their places, or by the keys given", () => {
    const listed = sequential(new Conv2d(1, 2, 3), new ReLU(), new Flatten(), new Linear(2 * 26 * 26, 10));
    expect(trace(listed, [1, 28, 28]).parameters.map(({ name }) => name)).toEqual([
      "0.weight",
      "0.bias",
      "3.weight",
      "3.bias",
    ]);
    const named = sequential({
      features: sequential(new Conv2d(1, 2, 3)),
      flatten: new Flatten(),
      head: new Linear(1352, 10),
    });
    expect(trace(named, [1, 28, 28]).parameters.map(({ name }) => name)).toEqual([
      "features.0.weight",
      "features.0.bias",
      "head.weight",
      "head.bias",
    ]);
  });

  it("shares the parameters of a module that is used twice", () => {
    class Twice extends Module {
      fc = new Linear(8, 8);
      forward(x: Value): Value {
        return this.fc.forward(relu(this.fc.forward(x)));
      }
    }
    const graph = trace(new Twice(), [8]);
    expect(graph.parameters.map(({ name }) => name)).toEqual(["fc.weight", "fc.bias"]);
    expect(graph.nodes.map(({ name }) => name)).toEqual(["fc", "relu", "fc_2"]);
  });

  it.each<[string, Module, number[], number[]]>([
    ["stride and padding", new Conv2d(3, 8, 3, { stride: 2, padding: 1 }), [3, 32, 32], [-1, 8, 16, 16]],
    ["dilation", new Conv2d(1, 1, 3, { dilation: 2 }), [1, 10, 10], [-1, 1, 6, 6]],
    ["an even kernel with the same size", new Conv2d(1, 1, [4, 3], { padding: "same" }), [1, 10, 11], [-1, 1, 10, 11]],
    ["pools round down", new MaxPool2d(2), [1, 7, 7], [-1, 1, 3, 3]],
    ["pools that overlap", new AvgPool2d(3, { stride: 2, padding: 1 }), [1, 7, 7], [-1, 1, 4, 4]],
    ["dropout", new Dropout(0.3), [5], [-1, 5]],
  ])("infers the shape of %s", (_, module, input, output) => {
    expect(shapesOf(module, input).at(-1)).toEqual(output);
  });

  it.each<[string, Module, number[], string]>([
    [
      "a linear layer",
      sequential({ fc1: new Linear(800, 10) }),
      [1250],
      "fc1 (Linear): expected [batch, 800], got [batch, 1250]",
    ],
    [
      "channels",
      sequential({ conv: new Conv2d(3, 8, 3) }),
      [1, 9, 9],
      "conv (Conv2d): expected [batch, 3, height, width], got [batch, 1, 9, 9]",
    ],
    [
      "too large a window",
      sequential({ conv: new Conv2d(1, 8, 9) }),
      [1, 5, 5],
      "conv (Conv2d): expected an image that a 9×9 window fits into, got [5, 5]",
    ],
    [
      "a missing flatten",
      sequential({ fc: new Linear(784, 10) }),
      [1, 28, 28],
      "fc (Linear): expected [batch, 784], got [batch, 1, 28, 28]",
    ],
  ])("names the layer, what it wanted and what it got: %s", (_, module, input, message) => {
    expect(() => trace(module, input)).toThrow(expect.objectContaining({ code: "shape_mismatch", message }));
  });

  it("refuses layers made inside forward()", () => {
    class Wrong extends Module {
      forward(x: Value): Value {
        return new Linear(4, 4).forward(x);
      }
    }
    expect(() => trace(new Wrong(), [4])).toThrow(expect.objectContaining({ code: "invalid_graph" }));
  });

  it.each([[[0]], [[-1]], [[1.5]]])("refuses the input shape %j", (shape) => {
    expect(() => trace(new ReLU(), shape)).toThrow(expect.objectContaining({ code: "shape_mismatch" }));
  });
});
