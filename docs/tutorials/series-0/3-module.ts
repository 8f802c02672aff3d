// Series 0, step 3 of 5: a module with parameters
//
//   npm run tutorial -- series-0/3-module
//
// The same network once more. In step 2 its parameters were a list of four tensors, and you had to know which is which and of what
// shape. A module says both in one place.

import assert from "node:assert/strict";
import { mnist } from "@tributary/data";
import { Model, openBackend } from "@tributary/engine";
import { initialise, Linear, Module, relu, summary, trace, type Value } from "@tributary/nn";

const short = process.argv.includes("--short");
const trainingImages = short ? 3_200 : 50_000;
const validationImages = short ? 1_000 : 10_000;

// A module holds layers in its fields, and says in `forward` how a value goes through them. `Linear(784, 32)` is the layer of the
// steps before: weights of shape [32, 784] and 32 biases. If you know PyTorch you know all of this already.

class Net extends Module {
  fc1 = new Linear(28 * 28, 32);
  fc2 = new Linear(32, 10);

  forward(images: Value): Value {
    const hidden = relu(this.fc1.forward(images));
    return this.fc2.forward(hidden);
  }
}

// `trace` runs `forward` once, with a value that has a shape and no numbers, and writes down what happened. What comes out is a
// graph: a list of operations and a list of parameters, as plain data. It can be looked at, saved, and sent to another machine
// without sending code; that is how Tributary's workers get the network that they train. Shapes that do not fit are
// found here, before anything is computed.

const graph = trace(new Net(), [28 * 28]);
console.log(summary(graph));
// → Net
// → layer  op      output        parameters
// → input          [batch, 784]
// → fc1    linear  [batch, 32]       25,120
// → relu   relu    [batch, 32]            0
// → fc2    linear  [batch, 10]          330
// → 25,450 parameters

assert.equal(25_120, 784 * 32 + 32);

class Wrong extends Net {
  override fc2 = new Linear(64, 10);
}
assert.throws(() => trace(new Wrong(), [28 * 28]), { message: "fc2 (Linear): expected [batch, 64], got [batch, 32]" });

// `initialise` draws the first values from the seed, with the bounds that you wrote by hand before: the same numbers. A parameter
// has a name, made of the fields that hold it.

const start = initialise(graph, 1);
console.log(start.map(({ name, shape }) => `${name} [${shape}]`).join(", "));
// → fc1.weight [32,784], fc1.bias [32], fc2.weight [10,32], fc2.bias [10]

// A graph and its parameters are data. A `Model` puts them on a backend, where they can compute. It takes and gives plain
// arrays, and frees its tensors itself: there is no more `tidy`. `using` frees the model at the end of the program.

const backend = await openBackend();
using model = await Model.open(backend, graph, start);

const digits = await mnist("train");
const pixels = 28 * 28;

function imagesFrom(start: number, count: number) {
  const bytes = digits.values.subarray(start * pixels, (start + count) * pixels);
  return { shape: [count, pixels], values: new Float32Array(bytes).map((value) => (value / 255 - 0.1307) / 0.3081) };
}

function labelsFrom(start: number, count: number) {
  return { shape: [count], values: Int32Array.from(digits.labels.subarray(start, start + count)) };
}

// `model.gradients` does what `tf.valueAndGrads` did, and takes the loss by its name. The descent is still yours: each value moves
// against its gradient, parameter by parameter, and the model is given the new ones.

const learningRate = 0.1;

function step(start: number, count: number): number {
  const { loss, gradients } = model.gradients([imagesFrom(start, count)], labelsFrom(start, count), {
    name: "cross-entropy",
  });
  const gradientOf = new Map(gradients.map(({ name, values }) => [name, values]));
  model.load(
    model.parameters().map(({ name, shape, values }) => {
      const gradient = gradientOf.get(name);
      return { name, shape, values: values.map((value, index) => value - learningRate * (gradient?.[index] ?? 0)) };
    }),
  );
  return loss;
}

const batchSize = 64;
let firstLoss = Number.NaN;
let weighted = 0;
for (let start = 0; start < trainingImages; start += batchSize) {
  const count = Math.min(batchSize, trainingImages - start);
  const loss = step(start, count);
  if (start === 0) firstLoss = loss;
  weighted += loss * count;
}
const passLoss = weighted / trainingImages;

// `model.forward` gives the outputs, ten numbers for each image, one image after the other.

const [outputs] = model.forward(imagesFrom(50_000, validationImages));
const answers = Array.from({ length: validationImages }, (_, image) => {
  const scores = outputs?.values.subarray(10 * image, 10 * (image + 1)) ?? new Float32Array();
  return scores.indexOf(Math.max(...scores));
});
const right = answers.filter((answer, image) => answer === digits.labels[50_000 + image]).length;
const accuracy = right / validationImages;

console.log(`loss of the first batch: ${firstLoss.toFixed(3)}`);
console.log(`mean loss of the pass: ${passLoss.toFixed(3)}`);
console.log(`validation accuracy: ${(100 * accuracy).toFixed(0)} %`);
// → loss of the first batch: 2.359
// → mean loss of the pass: 0.318
// → validation accuracy: 94 %
// --short → loss of the first batch: 2.359
// --short → mean loss of the pass: 0.899
// --short → validation accuracy: 87 %

assert.equal(firstLoss.toFixed(3), "2.359");
assert.equal(passLoss.toFixed(3), short ? "0.899" : "0.318");
assert.ok(Math.abs(accuracy - (short ? 0.87 : 0.94)) < 0.01);

// Next: series-0/4-optimizer-and-loader.ts does without the last two pieces of handwork, the descent and the cutting of batches.
