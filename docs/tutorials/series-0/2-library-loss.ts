// Series 0, step 2 of 5: a loss and an activation from the library
//
//   npm run tutorial -- series-0/2-library-loss
//
// The same network as in step 1, on the same images, with the same numbers at the end. What goes away is the part that is easiest to
// get wrong: the loss and, above all, the gradients that you worked out by hand.

import assert from "node:assert/strict";
import { mnist } from "@tributary/data";
import { lossOf, openBackend, type Tensor } from "@tributary/engine";
import { stream } from "@tributary/protocol";

const short = process.argv.includes("--short");
const trainingImages = short ? 3_200 : 50_000;
const validationImages = short ? 1_000 : 10_000;

const { tf } = await openBackend();

// The data and the parameters are as they were, with one change: the loss of the library takes labels as they are, 0 to 9, and
// makes them one-hot itself.

const digits = await mnist("train");
const pixels = 28 * 28;

function imagesFrom(start: number, count: number): Tensor {
  const bytes = digits.values.subarray(start * pixels, (start + count) * pixels);
  return tf.tensor(
    new Float32Array(bytes).map((value) => (value / 255 - 0.1307) / 0.3081),
    [count, pixels],
  );
}

function labelsFrom(start: number, count: number): Tensor {
  return tf.tensor1d(Int32Array.from(digits.labels.subarray(start, start + count)), "int32");
}

function random(name: string, shape: number[], inputs: number): Tensor {
  const source = stream(1, "initialise", name);
  const bound = 1 / Math.sqrt(inputs);
  const count = shape.reduce((product, size) => product * size);
  return tf.tensor(
    Float32Array.from({ length: count }, () => (2 * source.uniform() - 1) * bound),
    shape,
  );
}

let parameters = [
  random("fc1.weight", [32, pixels], pixels),
  random("fc1.bias", [32], pixels),
  random("fc2.weight", [10, 32], 32),
  random("fc2.bias", [10], 32),
];

// The activation has a name: relu, for rectified linear unit. It is the same as `tf.maximum(sums, 0)`.

const [below, at, above] = tf.relu(tf.tensor([-2, 0, 3])).dataSync();
assert.deepEqual([below, at, above], [0, 0, 3]);

function forward(images: Tensor, [weight1, bias1, weight2, bias2]: Tensor[]): Tensor {
  if (!weight1 || !bias1 || !weight2 || !bias2) throw new Error("the network has four parameters");
  const hidden = tf.relu(tf.add(tf.matMul(images, weight1, false, true), bias1));
  return tf.add(tf.matMul(hidden, weight2, false, true), bias2);
}

// The loss has a name, too. Cross-entropy is softmax and minus the logarithm of the right class's probability in one, made so that
// it does not lose digits on the way. It takes the outputs as they come out of the last layer; those are called logits.

const crossEntropy = lossOf({ name: "cross-entropy" });

function lossFor(images: Tensor, labels: Tensor, by: Tensor[]): Tensor {
  return crossEntropy.apply(tf, forward(images, by), labels);
}

// Automatic differentiation
//
// TensorFlow.js writes down every operation while it computes the loss. As it knows the derivative of each, it can walk the list
// backwards and apply the chain rule: `tf.valueAndGrads` makes of a function another one which gives its value and the gradient for
// each of its arguments. It is exact, and it follows when you change the network.

function gradientsOf(images: Tensor, labels: Tensor) {
  const lossByParameters = tf.valueAndGrads((...by: Tensor[]) => tf.reshape(lossFor(images, labels, by), []));
  return lossByParameters(parameters);
}

// Is it true? A gradient says how much the loss grows when a parameter grows a little. So make one grow a little and look.

const batchSize = 64;
const firstImages = imagesFrom(0, batchSize);
const firstLabels = labelsFrom(0, batchSize);

const [, , , ofBias2] = gradientsOf(firstImages, firstLabels).grads;
const claimed = ofBias2?.dataSync()[3] ?? Number.NaN;

const little = 0.01;
const nudge = tf.mul(tf.oneHot(tf.scalar(3, "int32"), 10), little);
const lossAt = (sign: number) => {
  const moved = parameters.map((parameter, index) =>
    index === 3 ? tf.add(parameter, tf.mul(nudge, sign)) : parameter,
  );
  return lossFor(firstImages, firstLabels, moved).dataSync()[0] ?? Number.NaN;
};
const measured = (lossAt(1) - lossAt(-1)) / (2 * little);
console.log(`gradient of the bias of "3": claimed ${claimed.toFixed(3)}, measured ${measured.toFixed(3)}`);
// → gradient of the bias of "3": claimed -0.034, measured -0.034

assert.ok(Math.abs(claimed - measured) < 0.001);

// The step is now short: gradients, and a small move against each.

const learningRate = 0.1;

function step(images: Tensor, labels: Tensor): number {
  const { loss, moved } = tf.tidy(() => {
    const { value, grads } = gradientsOf(images, labels);
    return {
      loss: value,
      moved: parameters.map((parameter, index) => tf.sub(parameter, tf.mul(grads[index] ?? 0, learningRate))),
    };
  });
  tf.dispose(parameters);
  parameters = moved;
  const [number = Number.NaN] = loss.dataSync();
  loss.dispose();
  return number;
}

// Training and validation are as they were.

let firstLoss = Number.NaN;
let weighted = 0;
for (let start = 0; start < trainingImages; start += batchSize) {
  const count = Math.min(batchSize, trainingImages - start);
  const images = imagesFrom(start, count);
  const labels = labelsFrom(start, count);
  const loss = step(images, labels);
  if (start === 0) firstLoss = loss;
  weighted += loss * count;
  tf.dispose([images, labels]);
}
const passLoss = weighted / trainingImages;

const accuracy = tf.tidy(() => {
  const outputs = forward(imagesFrom(50_000, validationImages), parameters);
  const right = tf.equal(tf.argMax(outputs, 1), labelsFrom(50_000, validationImages));
  return Number(tf.mean(tf.cast(right, "float32")).dataSync()[0]);
});

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

// The numbers of step 1, to the digit: your calculus was right.
//
// Next: series-0/3-module.ts gives the network a shape that one can read, and names for its parameters.
