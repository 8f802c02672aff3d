import { describe, expect, it } from "vitest";
import { initialise } from "../initialise.js";
import { parameterCount, summary } from "../summary.js";
import { namedModel } from "./named-models.js";

describe("named models", () => {
  it.each([
    ["mcmahan-cnn", 1_663_370],
    ["mcmahan-2nn", 199_210],
    ["pysyft-cnn", 431_080],
    ["lenet5", 61_706],
    ["logistic", 7_850],
    ["resnet-small", 272_474],
  ])("%s has %i parameters and gives ten classes", (name, count) => {
    const graph = namedModel(name);
    expect(parameterCount(graph)).toBe(count);
    expect(graph.nodes.at(-1)?.shape).toEqual([-1, 10]);
  });

  it("unet-small gives a class for each pixel, char-lstm the next character", () => {
    expect(namedModel("unet-small").nodes.at(-1)?.shape).toEqual([-1, 2, 32, 32]);
    expect(namedModel("char-lstm").nodes.at(-1)?.shape).toEqual([-1, 90]);
  });

  it("an unknown one is refused, the nearest named", () => {
    expect(() => namedModel("pysift-cnn")).toThrow(
      expect.objectContaining({ code: "unknown_model", message: expect.stringContaining("did you mean pysyft-cnn?") }),
    );
    expect(() => namedModel("constructor")).toThrow(expect.objectContaining({ code: "unknown_model" }));
  });

  it.each([
    [
      "pysyft-cnn",
      [
        "pysyft-cnn",
        "layer         op           output               parameters",
        "input                      [batch, 1, 28, 28]",
        "conv1         conv2d       [batch, 20, 24, 24]         520",
        "relu          relu         [batch, 20, 24, 24]           0",
        "max_pool2d    max_pool2d   [batch, 20, 12, 12]           0",
        "conv2         conv2d       [batch, 50, 8, 8]        25,050",
        "relu_2        relu         [batch, 50, 8, 8]             0",
        "max_pool2d_2  max_pool2d   [batch, 50, 4, 4]             0",
        "flatten       flatten      [batch, 800]                  0",
        "fc1           linear       [batch, 500]            400,500",
        "relu_3        relu         [batch, 500]                  0",
        "fc2           linear       [batch, 10]               5,010",
        "log_softmax   log_softmax  [batch, 10]                   0",
        "431,080 parameters",
      ],
    ],
    [
      "mcmahan-cnn",
      [
        "mcmahan-cnn",
        "layer         op          output               parameters",
        "input                     [batch, 1, 28, 28]",
        "conv1         conv2d      [batch, 32, 28, 28]         832",
        "relu          relu        [batch, 32, 28, 28]           0",
        "max_pool2d    max_pool2d  [batch, 32, 14, 14]           0",
        "conv2         conv2d      [batch, 64, 14, 14]      51,264",
        "relu_2        relu        [batch, 64, 14, 14]           0",
        "max_pool2d_2  max_pool2d  [batch, 64, 7, 7]             0",
        "flatten       flatten     [batch, 3136]                 0",
        "fc1           linear      [batch, 512]          1,606,144",
        "relu_3        relu        [batch, 512]                  0",
        "fc2           linear      [batch, 10]               5,130",
        "1,663,370 parameters",
      ],
    ],
    [
      "mcmahan-2nn",
      [
        "mcmahan-2nn",
        "layer    op       output              parameters",
        "input             [batch, 1, 28, 28]",
        "flatten  flatten  [batch, 784]                 0",
        "fc1      linear   [batch, 200]           157,000",
        "relu     relu     [batch, 200]                 0",
        "fc2      linear   [batch, 200]            40,200",
        "relu_2   relu     [batch, 200]                 0",
        "fc3      linear   [batch, 10]              2,010",
        "199,210 parameters",
      ],
    ],
    [
      "lenet5",
      [
        "lenet5",
        "layer         op          output               parameters",
        "input                     [batch, 1, 28, 28]",
        "conv1         conv2d      [batch, 6, 28, 28]          156",
        "relu          relu        [batch, 6, 28, 28]            0",
        "max_pool2d    max_pool2d  [batch, 6, 14, 14]            0",
        "conv2         conv2d      [batch, 16, 10, 10]       2,416",
        "relu_2        relu        [batch, 16, 10, 10]           0",
        "max_pool2d_2  max_pool2d  [batch, 16, 5, 5]             0",
        "flatten       flatten     [batch, 400]                  0",
        "fc1           linear      [batch, 120]             48,120",
        "relu_3        relu        [batch, 120]                  0",
        "fc2           linear      [batch, 84]              10,164",
        "relu_4        relu        [batch, 84]                   0",
        "fc3           linear      [batch, 10]                 850",
        "61,706 parameters",
      ],
    ],
  ])("%s has a summary with output shapes and parameter counts", (name, lines) => {
    expect(summary(namedModel(name)).split("\n")).toEqual(lines);
  });
});

describe("initialise", () => {
  const graph = namedModel("lenet5");

  it("gives the same bytes for the same seed, and others for another", () => {
    expect(initialise(graph, 1)).toEqual(initialise(graph, 1));
    expect(initialise(graph, 1)).not.toEqual(initialise(graph, 2));
  });

  it("draws weights and biases uniformly on ± 1 / √fan-in, as PyTorch does", () => {
    for (const [prefix, fanIn] of [
      ["conv1", 25],
      ["conv2", 150],
      ["fc1", 400],
    ] as const) {
      const bound = 1 / Math.sqrt(fanIn);
      const values = initialise(graph, 1)
        .filter(({ name }) => name.startsWith(prefix))
        .flatMap((parameter) => [...parameter.values]);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      expect(deviation / (bound / Math.sqrt(3))).toBeGreaterThan(0.85);
      expect(deviation / (bound / Math.sqrt(3))).toBeLessThan(1.15);
    }
  });
});
