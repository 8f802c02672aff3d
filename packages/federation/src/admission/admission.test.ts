import { initialise, modelNames, namedModel } from "@tributary/nn";
import { encodeParameters, type ParameterSet } from "@tributary/protocol";
import { describe, expect, it } from "vitest";
import { BoundsCheck } from "./bounds-check.js";
import { ParameterAdmission } from "./parameter-admission.js";
import { checkSampleCount, encodedSize } from "./update-claim.js";

const graph = namedModel("lenet5");

function admit(parameters: ParameterSet, slice = 1000): void {
  const admission = new ParameterAdmission(graph.parameters, 4096, new BoundsCheck());
  for (const { name, shape, values } of parameters) {
    admission.parameter(name, shape);
    for (let at = 0; at < values.length; at += slice) admission.values(values.subarray(at, at + slice));
  }
  admission.end();
}

const changed = (
  change: (parameters: { name: string; shape: readonly number[]; values: Float32Array }[]) => unknown,
): ParameterSet => {
  const parameters = initialise(graph, 1).map((parameter) => ({ ...parameter }));
  change(parameters);
  return parameters;
};
const poison = (value: number) => changed((parameters) => parameters[4]?.values.fill(value, 1234, 1235));

describe("admission of an update", () => {
  it("lets the model's own parameters pass, in slices of any length", () => {
    for (const slice of [1, 999, 1_000_000]) admit(initialise(graph, 2), slice);
  });

  it.each<[string, ParameterSet, string, string]>([
    ["NaN", poison(Number.NaN), "update_not_finite", "fc1.weight[1234] is NaN"],
    ["infinity", poison(Number.NEGATIVE_INFINITY), "update_not_finite", "fc1.weight[1234] is -Infinity"],
    ["an absurd value", poison(5000), "update_out_of_range", "fc1.weight[1234] is 5000; 4096 at most"],
    ["a parameter too few", changed((all) => all.pop()), "update_shape_mismatch", "fc3.bias is missing"],
    [
      "a parameter too many",
      changed((all) => all.push({ name: "x", shape: [1], values: new Float32Array(1) })),
      "update_shape_mismatch",
      '"x" is one parameter more than the model\'s 10',
    ],
    [
      "a name that would break a log",
      changed((all) => Object.assign(all[0] ?? {}, { name: `\u001b[2J\n${"x".repeat(1e5)}` })),
      "update_shape_mismatch",
      `parameter 0 is " [2J ${"x".repeat(55)}", "conv1.weight" is wanted`,
    ],
    [
      "another order",
      changed((all) => all.reverse()),
      "update_shape_mismatch",
      'parameter 0 is "fc3.bias", "conv1.weight" is wanted',
    ],
    [
      "another shape",
      changed((all) => Object.assign(all[0] ?? {}, { shape: [6, 25] })),
      "update_shape_mismatch",
      "conv1.weight is [6,25], [6,1,5,5] is wanted",
    ],
    [
      "too few values",
      changed((all) => Object.assign(all[0] ?? {}, { values: new Float32Array(149) })),
      "update_shape_mismatch",
      "conv1.weight lacks 1 values",
    ],
    [
      "too many values",
      changed((all) => Object.assign(all[0] ?? {}, { values: new Float32Array(151) })),
      "update_shape_mismatch",
      "conv1.weight has more values than its shape",
    ],
  ])("refuses %s, and says where", (_, parameters, code, message) => {
    expect(() => admit(parameters)).toThrow(expect.objectContaining({ code, message }));
  });

  it.each(modelNames)("knows to the byte how large an update of %s is", (name) => {
    const model = namedModel(name);
    expect(encodedSize(model.parameters)).toBe(encodeParameters(initialise(model, 1)).byteLength);
  });

  it("refuses a sample count that is not the registered one", () => {
    checkSampleCount(600, 600);
    for (const claimed of [0, -1, 601, 1e300, Number.NaN])
      expect(() => checkSampleCount(claimed, 600)).toThrow(expect.objectContaining({ code: "sample_count_invalid" }));
  });
});
