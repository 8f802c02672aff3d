import type { Parameter } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { initialise } from "./initialise.js";
import { loadParameters } from "./load-parameters.js";
import { namedModel } from "./models/named-models.js";

const graph = namedModel("lenet5");
const parameters = initialise(graph, 1);
const extra = (name: string): Parameter => ({ name, shape: [], values: Float32Array.of(1) });
const renamed = (from: string, to: string) =>
  parameters.map((each) => (each.name === from ? { ...each, name: to } : each));

describe("parameters given to a network", () => {
  it("are matched by name and put into its order, not copied", () => {
    const loaded = loadParameters(graph, [...parameters].reverse());
    expect(loaded).toEqual(parameters);
    expect(loaded[0]).toBe(parameters[0]);
  });

  it("may have PyTorch's counts of batches besides", () => {
    expect(loadParameters(graph, [...parameters, extra("bn1.num_batches_tracked")])).toEqual(parameters);
  });

  it("may have others besides where that is asked for", () => {
    expect(loadParameters(graph, [...parameters, extra("fc9.bias")], { unexpected: "ignore" })).toEqual(parameters);
  });

  it.each<[string, readonly Parameter[], string]>([
    ["one is missing", parameters.slice(0, -1), "missing fc3.bias"],
    ["all are missing", [], "missing conv1.weight, conv1.bias, conv2.weight and 7 more"],
    ["there are others", [...parameters, extra("fc9.bias")], "unexpected fc9.bias"],
    [
      "one is misspelt",
      renamed("fc1.weight", "fc1.wieght"),
      "missing fc1.weight; unexpected fc1.wieght; the nearest to fc1.weight is fc1.wieght",
    ],
    ["two have one name", [...parameters, ...parameters.slice(0, 1)], "two are named conv1.weight"],
    ["a name has line breaks", [...parameters, extra("a\n\u001b[31mb")], "unexpected a [31mb"],
  ])("are refused when %s", (_, given, message) => {
    expect(() => loadParameters(graph, given)).toThrow(
      expect.objectContaining({
        code: "parameters_mismatch",
        message: `the parameters do not fit the network lenet5: ${message}`,
      }),
    );
  });

  it("are refused when a shape is another", () => {
    const [first, ...rest] = parameters;
    const turned = { name: "conv1.weight", shape: [5, 5, 1, 6], values: first?.values ?? new Float32Array() };
    expect(() => loadParameters(graph, [turned, ...rest])).toThrow(
      expect.objectContaining({
        code: "shape_mismatch",
        message: "parameter conv1.weight: the network has [6, 1, 5, 5], got [5, 5, 1, 6]",
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "are refused when a value is %s, with its place, unless it may be",
    (value) => {
      const changed = initialise(graph, 1);
      changed[2]?.values.set([value], 25 * 6 * 3 + 25 * 2 + 7);
      expect(() => loadParameters(graph, changed)).toThrow(
        expect.objectContaining({ code: "parameters_not_finite", message: `conv2.weight[3, 2, 1, 2] is ${value}` }),
      );
      expect(loadParameters(graph, changed, { allowNonFinite: true })).toEqual(changed);
    },
  );
});
