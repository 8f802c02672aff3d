import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Linear, Module, ParameterSlot, trace, type Value } from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Model } from "../model/model.js";
import { describeOnEachBackend } from "../testing/backends.js";
import { train } from "../training/train.js";
import { loadEnginePlugins } from "./plugins.js";
import { trainableOps } from "./registry.js";

/**
 * sign(x) · weight, with gradients that nothing but the plug-in can have given: three times the true one for x, which is 0
 * for a sign, and five times the true one for the weight. Its buffer counts the batches.
 */
const odd = `export default ({ defineOp, Mismatch, z }) => [{
  spec: defineOp({
    name: "test.odd",
    attributes: z.strictObject({ straight: z.number() }),
    parameters: { weight: "required", seen: "buffer" },
    infer({ input, parameters }) {
      if (parameters.weight.length !== 1) throw new Mismatch("weight [1]", String(parameters.weight));
      return [...input];
    },
  }),
  run: {
    apply({ backend: { tf }, node, inputs: [x], parameters: { weight, seen }, training, setBuffer }) {
      if (training) setBuffer("seen", tf.add(seen, 1));
      return tf.customGrad((x, weight, save) => {
        const sign = tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(x, 0), "float32")), 1);
        save([sign]);
        return {
          value: tf.mul(sign, weight),
          gradFunc: (gradient, [sign]) => [
            tf.mul(gradient, node.attributes.straight),
            tf.mul(5, tf.reshape(tf.sum(tf.mul(gradient, sign)), [1])),
          ],
        };
      })(x, weight);
    },
  },
}];`;

class Net extends Module {
  weight = new ParameterSlot([1], { rule: "constant", value: 2 });
  seen = new ParameterSlot([1], { rule: "constant", value: 0 }, { buffer: true });
  before = new Linear(2, 2, { bias: false });
  forward(x: Value): Value {
    const parameters = { weight: this.weight, seen: this.seen };
    return this.before.forward(x).apply("test.odd", { parameters, attributes: { straight: 3 } });
  }
}

let folder: string;
const write = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-plugin-"));
  await loadEnginePlugins([await write("odd.mjs", odd)]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parametersOf = () => [
  { name: "weight", shape: [1], values: Float32Array.of(2) },
  { name: "seen", shape: [1], values: Float32Array.of(0) },
  { name: "before.weight", shape: [2, 2], values: Float32Array.of(1, 0, 0, 1) },
];

describe("plug-ins", () => {
  it("add to the ops that are trained, and do so once", async () => {
    await loadEnginePlugins([join(folder, "odd.mjs"), join(folder, "odd.mjs")]);
    expect(trainableOps().filter((op) => op === "test.odd")).toHaveLength(1);
  });

  it("that do not say how an operator runs are refused, naming it", async () => {
    const shapeOnly = `export default ({ defineOp, z }) => [{
      spec: defineOp({ name: "test.idle", attributes: z.strictObject({}), infer: ({ input }) => [...input] }),
    }];`;
    await expect(loadEnginePlugins([await write("idle.mjs", shapeOnly)])).rejects.toMatchObject({
      code: "plugin_invalid",
      message: expect.stringMatching(/idle\.mjs: test\.idle: run\.apply is no function$/),
    });
    expect(trainableOps()).not.toContain("test.idle");
  });
});

describeOnEachBackend("an own operator", (open) => {
  it("trains by its own gradient, and its buffer moves", async () => {
    const backend = await open();
    const graph = trace(new Net(), [2]);
    using model = await Model.open(backend, graph, parametersOf());
    const images = Float32Array.of(0.5, -0.25, -1, 4);
    const input = { shape: [2, 2], values: images };
    const found = model.gradients([input], undefined, (tf, [outputs]) => tf.sum(outputs ?? tf.scalar(0)));
    const gradients = new Map(found.gradients.map(({ name, values }) => [name, [...values]]));
    expect(found.outputs[0]?.values).toEqual(Float32Array.of(2, -2, -2, 2));
    expect(gradients.get("weight")).toEqual([0]);
    // 3 · the sum of each column of the inputs, for each output.
    expect(gradients.get("before.weight")).toEqual([-1.5, 11.25, -1.5, 11.25]);

    // The same in the step that training takes, which is recorded where the backend can do that.
    const labels = Int32Array.of(0, 1);
    const batch = { images, shape: [2, 2], labels };
    const loss = { name: "cross-entropy" } as const;
    const { gradients: wanted } = model.gradients([input], { shape: [2], values: labels }, loss);
    const settings = { loss, optimizer: { name: "sgd", learningRate: 0.5 }, seed: 1, streamName: [] } as const;
    const { parameters } = await train(backend, graph, parametersOf(), [batch], settings);
    for (const { name, values } of wanted) {
      const before = parametersOf().find((parameter) => parameter.name === name)?.values ?? [];
      const after = parameters.find((parameter) => parameter.name === name)?.values ?? [];
      for (const [index, gradient] of values.entries())
        expect(after[index], name).toBeCloseTo((before[index] ?? Number.NaN) - 0.5 * gradient, 6);
      expect(
        values.some((gradient) => Math.abs(gradient) > 0.01),
        name,
      ).toBe(true);
    }
    const twice = await train(backend, graph, parametersOf(), [batch, batch], settings);
    expect(twice.parameters.find(({ name }) => name === "seen")?.values).toEqual(Float32Array.of(2));
  });
});
