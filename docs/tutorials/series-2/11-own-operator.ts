// Series 2, part 11: an operator of your own
//
//   npm run tutorial -- series-2/11-own-operator
//
// The library has the layers that most networks are made of. When yours needs another one, you add it in two places: what it is, with its
// name and the shape of what it makes, and how it runs.

import assert from "node:assert/strict";
import {
  differentiable,
  inputOf,
  Model,
  ModelOptimizer,
  numberAttribute,
  openBackend,
  registerEngineOp,
} from "@tributary/engine";
import { defineOp, initialise, Linear, Module, registerOp, trace, type Value } from "@tributary/nn";
import { z } from "zod";

const backend = await openBackend();

// An operator whose gradient follows by itself
//
// swish(x) = x · sigmoid(β · x), an activation; β is a setting. What it is: its name (with a dot, so that it never meets one of the
// library's), its settings, which are checked whenever a graph arrives, and the shape it makes, here the shape it takes.

registerOp(
  defineOp({
    name: "tutorial.swish",
    attributes: z.strictObject({ beta: z.number() }),
    infer: ({ input }) => [...input],
  }),
);

// How it runs: TensorFlow.js' operations. They know their derivatives, so the gradient follows, and there is no more to do.

registerEngineOp("tutorial.swish", {
  apply(application) {
    const { tf } = application.backend;
    const x = inputOf(application);
    return tf.mul(x, tf.sigmoid(tf.mul(x, numberAttribute(application.node, "beta"))));
  },
});

// For use in `forward`, give it a function with a name.

const swish = (x: Value, beta = 1): Value => x.apply("tutorial.swish", { attributes: { beta } });

class OnlySwish extends Module {
  forward(x: Value): Value {
    return swish(x, 2);
  }
}

const swishGraph = trace(new OnlySwish(), [3]);
using swishModel = await Model.open(backend, swishGraph, []);
const three = { shape: [1, 3], values: Float32Array.of(-1, 0, 2) };
const [made] = swishModel.forward(three);
const byHand = Array.from(three.values, (x) => x / (1 + Math.exp(-2 * x)));
console.log(`swish ${Array.from(made?.values ?? [], (value) => value.toFixed(3)).join(" ")}`);
// → swish -0.119 0.000 1.964

for (const [index, value] of byHand.entries()) assert.ok(Math.abs((made?.values[index] ?? Number.NaN) - value) < 1e-6);

// Is the gradient right? Ask for that of the input, and compare it with how much the output changes when an input changes a little.

const sumOfOutputs = swishModel.gradients([three], undefined, (tf, [outputs]) => tf.sum(outputs ?? 0), {
  inputGradients: true,
});
const little = 1e-4;
const f = (x: number) => x / (1 + Math.exp(-2 * x));
const measured = Array.from(three.values, (x) => (f(x + little) - f(x - little)) / (2 * little));
const claimed = [...(sumOfOutputs.inputGradients[0]?.values ?? [])];
console.log(`gradient ${claimed.map((value) => value.toFixed(3)).join(" ")}`);
// → gradient -0.091 0.500 1.053

for (const [index, value] of measured.entries()) assert.ok(Math.abs((claimed[index] ?? Number.NaN) - value) < 1e-3);

// An operator with a gradient of its own
//
// A switch is 1 where its input is above 0, else 0. Networks of switches are small and quick. But a switch is flat everywhere: a little
// change of the input changes nothing, its derivative is 0, and nothing before it can learn. The way out is to lie about the
// derivative: on the way back, pretend that the output followed the input where that is near 0 ("straight through": Bengio,
// Léonard and Courville 2013).
//
// `differentiable` (it is TensorFlow.js' `tf.customGrad`, with a name for each part) takes a function that gives the value and one that
// gives the gradient of each input, out of the gradient of the output and of what was saved on the way there. Here are both
// switches, to compare: the honest one, whose gradient follows from `tf.step`, and the one that lets gradients through.

const plain = { attributes: z.strictObject({}), infer: ({ input }: { input: readonly number[] }) => [...input] };
registerOp(defineOp({ name: "tutorial.switch", ...plain }));
registerOp(defineOp({ name: "tutorial.open-switch", ...plain }));

registerEngineOp("tutorial.switch", {
  apply: (application) => application.backend.tf.step(inputOf(application)),
});
registerEngineOp("tutorial.open-switch", {
  apply(application) {
    const { tf } = application.backend;
    const x = inputOf(application);
    return differentiable(tf, {
      inputs: [x],
      forward: () => tf.step(x),
      save: () => [tf.cast(tf.less(tf.abs(x), 1), "float32")],
      gradients: (ofOutput, [nearZero = ofOutput]) => [tf.mul(ofOutput, nearZero)],
    });
  },
});

// The network of part 5 has to learn exclusive or again, with switches for its activation.

class Switches extends Module {
  fc1 = new Linear(2, 16);
  fc2 = new Linear(16, 1);
  constructor(private readonly op: "tutorial.switch" | "tutorial.open-switch") {
    super();
  }
  forward(x: Value): Value {
    return this.fc2.forward(this.fc1.forward(x).apply(this.op));
  }
}

const points = { shape: [4, 2], values: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1) };
const answers = { shape: [4, 1], values: Float32Array.of(0, 1, 1, 0) };

async function firstGradient(op: "tutorial.switch" | "tutorial.open-switch"): Promise<number> {
  const graph = trace(new Switches(op), [2]);
  using model = await Model.open(backend, graph, initialise(graph, 1));
  const { gradients } = model.gradients([points], answers, { name: "mse" });
  const ofFirst = gradients.find(({ name }) => name === "fc1.weight")?.values ?? [];
  return Math.max(...Array.from(ofFirst, Math.abs));
}

const honest = await firstGradient("tutorial.switch");
const through = await firstGradient("tutorial.open-switch");
console.log(`largest gradient before the honest switch ${honest}, before the open one ${through > 0 ? "above 0" : 0}`);
// → largest gradient before the honest switch 0, before the open one above 0

assert.equal(honest, 0);
assert.ok(through > 0);

const graph = trace(new Switches("tutorial.open-switch"), [2]);
using model = await Model.open(backend, graph, initialise(graph, 1));
using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.05 });
for (let step = 0; step < 200; step++) optimizer.step(model.gradients([points], answers, { name: "mse" }).gradients);
const [learned] = model.forward(points);
const answer = Array.from(learned?.values ?? [], (value) => Math.abs(value).toFixed(1)).join(" ");
console.log(`wanted  0.0 1.0 1.0 0.0`);
console.log(`learned ${answer}`);
// → wanted  0.0 1.0 1.0 0.0
// → learned 0.0 1.0 1.0 0.0

assert.equal(answer, "0.0 1.0 1.0 0.0");

// Two names for one operator, or a name without a dot, are refused.

assert.throws(() => registerOp(defineOp({ name: "tutorial.swish", ...plain })), {
  message: 'there is an operator "tutorial.swish" already',
});
assert.throws(() => registerOp(defineOp({ name: "swish", ...plain })), {
  message: `an own operator can't be named "swish"`,
});

// In a federation no code travels: a graph only names its operators. Each worker runs the ones it was started with, and refuses a
// graph that names another one.
//
// Next: series-2/12-own-graph.ts puts layers together in a shape of your own.
