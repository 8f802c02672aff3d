// Series 2, part 5: activation
//
//   npm run tutorial -- series-2/05-activation
//
// Linear layers and convolutions multiply and add, and that is all they do. Between them stands an activation: a function that bends.
// Without it, a network of a hundred layers could do no more than a network of one.

import assert from "node:assert/strict";
import { Model, ModelOptimizer, openBackend } from "@tributary/engine";
import {
  gelu,
  initialise,
  Linear,
  leakyRelu,
  Module,
  relu,
  sigmoid,
  softmax,
  tanh,
  trace,
  type Value,
} from "@tributary/nn";

const backend = await openBackend();

/** Applies a function of the library to one row of numbers. */
async function applied(activation: (x: Value) => Value, row: number[]): Promise<string> {
  class Only extends Module {
    forward(x: Value): Value {
      return activation(x);
    }
  }
  using model = await Model.open(backend, trace(new Only(), [row.length]), []);
  const [output] = model.forward({ shape: [1, row.length], values: Float32Array.from(row) });
  return Array.from(output?.values ?? [], (value) => value.toFixed(2)).join(" ");
}

// The ones you will meet
//
// relu keeps what is above 0 and makes 0 of the rest. It is quick, and the one to begin with. leakyRelu lets a hundredth of the rest
// through, so that its gradient is never 0; gelu is a smooth one. sigmoid and tanh press every number between 0 and 1, or −1 and 1;
// they are flat for large numbers, so deep networks learn slowly through them.

const row = [-3, -1, 0, 1, 3];
console.log(`relu       ${await applied(relu, row)}`);
console.log(`leakyRelu  ${await applied(leakyRelu, row)}`);
console.log(`gelu       ${await applied(gelu, row)}`);
console.log(`sigmoid    ${await applied(sigmoid, row)}`);
console.log(`tanh       ${await applied(tanh, row)}`);
// → relu       0.00 0.00 0.00 1.00 3.00
// → leakyRelu  -0.03 -0.01 0.00 1.00 3.00
// → gelu       -0.00 -0.16 0.00 0.84 3.00
// → sigmoid    0.05 0.27 0.50 0.73 0.95
// → tanh       -1.00 -0.76 0.00 0.76 1.00

assert.equal(await applied(relu, row), "0.00 0.00 0.00 1.00 3.00");

// softmax is another kind: it looks at a whole row and makes probabilities of it, all above 0 and together 1. It stands at the end
// of a network that has to choose one class, and usually inside the loss (part 6), so you won't often write it.

console.log(`softmax    ${await applied(softmax, row)}`);
// → softmax    0.00 0.02 0.04 0.11 0.83

// Why it must bend
//
// Here are four points and a rule: the answer is 1 where exactly one of the two numbers is 1 (exclusive or). No weighted sum of the two
// can be high for [0, 1] and [1, 0] and low for both [0, 0] and [1, 1]. Let two networks try, each of two layers, one with an
// activation between them and one without.

const points = { shape: [4, 2], values: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1) };
const answers = { shape: [4, 1], values: Float32Array.of(0, 1, 1, 0) };

class Two extends Module {
  fc1 = new Linear(2, 8);
  fc2 = new Linear(8, 1);
  constructor(private readonly activation: (x: Value) => Value) {
    super();
  }
  forward(x: Value): Value {
    return this.fc2.forward(this.activation(this.fc1.forward(x)));
  }
}

async function learned(activation: (x: Value) => Value): Promise<string> {
  const graph = trace(new Two(activation), [2]);
  using model = await Model.open(backend, graph, initialise(graph, 1));
  using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.1 });
  for (let step = 0; step < 150; step++) optimizer.step(model.gradients([points], answers, { name: "mse" }).gradients);
  const [output] = model.forward(points);
  return Array.from(output?.values ?? [], (value) => Math.abs(value).toFixed(1)).join(" ");
}

const bent = await learned(tanh);
const straight = await learned((x) => x);
console.log(`wanted             0.0 1.0 1.0 0.0`);
console.log(`with tanh          ${bent}`);
console.log(`with nothing       ${straight}`);
// → wanted             0.0 1.0 1.0 0.0
// → with tanh          0.0 1.0 1.0 0.0
// → with nothing       0.5 0.5 0.5 0.5

assert.equal(bent, "0.0 1.0 1.0 0.0");
assert.equal(straight, "0.5 0.5 0.5 0.5");

// Without an activation the best it can do is to say "one half" every time.
//
// Next: series-2/06-loss.ts says what "best" means.
