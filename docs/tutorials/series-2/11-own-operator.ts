// Series 2, part 11: an operator of your own
//
//   npm run tutorial -- series-2/11-own-operator
//
// The library has the layers that most networks are made of. When yours needs another one, you add it in two places: what it is, with its
// name and the shape of what it makes, and how it runs.

import assert from "node:assert/strict";
import { inputOf, Model, ModelOptimizer, numberAttribute, openBackend, registerEngineOp } from "@tributary/engine";
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
// → gradient 

for (const [index, value] of measured.entries()) assert.ok(Math.abs((claimed[index] ?? Number.NaN) - value) < 1e-3);
