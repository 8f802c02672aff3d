import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { flatten, logSoftmax, maxPool2d, relu } from "../functional.js";
import { ReLU, Softmax } from "../layers/activation.js";
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

class TooDeep extends Module {
  forward(x: Value): Value {
    return maxPool2d(maxPool2d(x, 2), 4);
  }
}

class Reused extends Module {
  fc = new Linear(8, 4);
  forward(x: Value): Value {
    return this.fc.forward(this.fc.forward(x));
  }
}

const linesOf = (file: string) => readFileSync(fileURLToPath(new URL(file, import.meta.url)), "utf8").split("\n");

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

  it("runs the example of Module's documentation, which is the network above", () => {
    const documented = linesOf("./module.ts").map((line) => line.replace(/^ \* ?/, ""));
    const here = linesOf("./trace.test.ts");
    const start = here.indexOf("class Net extends Module {");
    const example = here.slice(start, here.indexOf("}", start) + 1);
    expect(documented.join("\n")).toContain(example.join("\n"));
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
    ["flatten from the third dimension on", new Flatten(2), [3, 4, 5], [-1, 3, 20]],
    ["flatten counted from the end", new Flatten(-2), [3, 4, 5], [-1, 3, 20]],
    ["softmax counted from the end", new Softmax(-1), [5], [-1, 5]],
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
      "fc (Linear): expected [batch, 1, 28, 784], got [batch, 1, 28, 28]",
    ],
    [
      "more padding than a pool can have",
      sequential({ pool: new MaxPool2d(2, { padding: 2 }) }),
      [1, 8, 8],
      "pool (MaxPool2d): expected padding of at most half the kernel, got padding [2,2,2,2] for kernel [2,2]",
    ],
    [
      "a functional op, by its name in the graph",
      new TooDeep(),
      [1, 5, 5],
      "max_pool2d_2 (MaxPool2d): expected an image that a 4×4 window fits into, got [2, 2]",
    ],
    ["the second use of a layer", new Reused(), [8], "fc (Linear): expected [batch, 8], got [batch, 4]"],
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

  it("refuses a forward() that returns another network's value", () => {
    const values: Value[] = [];
    class Leaking extends Module {
      forward(x: Value): Value {
        values.push(x);
        return values[0] ?? x;
      }
    }
    const module = new Leaking();
    trace(module, [4]);
    expect(() => trace(module, [4])).toThrow(
      expect.objectContaining({
        code: "invalid_graph",
        message: "Leaking: forward() must return values that it made from its inputs",
      }),
    );
  });

  it.each<[string, Module, string]>([
    ["a negative size", sequential({ fc: new Linear(4, -3) }), "parameter fc.weight: [-3,4] is no shape"],
    [
      "a size that is no whole number",
      sequential({ fc: new Linear(4, 1.5) }),
      "parameter fc.weight: [1.5,4] is no shape",
    ],
    ["a drop probability of 1", sequential({ drop: new Dropout(1) }), "drop (Dropout): dropout's p: "],
  ])("refuses a layer with %s, which could not travel", (_, module, message) => {
    expect(() => trace(module, [4])).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: expect.stringContaining(message) }),
    );
  });

  it("gives a network without a name one", () => {
    const anonymous = new (class extends Module {
      forward(x: Value): Value {
        return relu(x);
      }
    })();
    expect(trace(anonymous, [4]).name).toBe("network");
  });

  it("gives every node a name of its own, whatever the layers are called", () => {
    class Named extends Module {
      relu_2 = new ReLU();
      input = new ReLU();
      forward(x: Value): Value {
        return relu(relu(this.input.forward(this.relu_2.forward(x))));
      }
    }
    expect(trace(new Named(), [4]).nodes.map(({ name }) => name)).toEqual(["relu_2", "input_2", "relu", "relu_2_2"]);
  });

  it.each([[[0]], [[-1]], [[1.5]]])("refuses the input shape %j", (shape) => {
    expect(() => trace(new ReLU(), shape)).toThrow(expect.objectContaining({ code: "shape_mismatch" }));
  });
});
