// Series 0, step 1 of 5: bare tensors
//
//   npm run tutorial -- series-0/1-bare-tensors
//
// This series builds one network five times. It reads handwritten digits: an image goes in, and out come ten numbers, one for each
// digit, of which the highest is the answer. Here it is made of nothing but arrays of numbers and arithmetic. Each step after this
// one puts a part of the library where you wrote code yourself, and the numbers that it prints stay the same, so that you can see
// what each part does. You need no machine learning to read on; school mathematics helps.

import assert from "node:assert/strict";
import { mnist } from "@tributary/data";
import { openBackend, type Tensor } from "@tributary/engine";
import { stream } from "@tributary/protocol";

// Each tutorial has a short form, for the impatient: fewer images, the same code. Add --short to the command.

const short = process.argv.includes("--short");
const trainingImages = short ? 3_200 : 50_000;
const validationImages = short ? 1_000 : 10_000;

// A backend is what computes. `tf` is TensorFlow.js, a library of arithmetic on tensors.
//
// A tensor is an array of numbers with a shape. A list of 784 numbers is a tensor of shape [784]; a table of 64 such lists has
// shape [64, 784]. TensorFlow.js has operations that work on a whole tensor at once, and that is why it is fast.

const { tf } = await openBackend();

const table = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
console.log(`shape [${table.shape}], times 10: ${tf.mul(table, 10).dataSync()}`);
// → shape [2,3], times 10: 10,20,30,40,50,60

// The data
//
// MNIST is 60,000 images of digits, 28 by 28 grey values from 0 to 255, each with its label, the digit that it shows. It comes
// with Tributary. We train on the first images and keep the ones from 50,000 on for validation: to measure how well the
// network reads digits that it has never seen.

const digits = await mnist("train");
const pixels = 28 * 28;
console.log(`${digits.count} images; the first one shows a ${digits.labels[0]}`);
// → 60000 images; the first one shows a 5

// Networks learn best from numbers around 0. The mean of all grey values, as shares of 255, is 0.1307, and they spread by 0.3081
// (their standard deviation), so we subtract the one and divide by the other.

function imagesFrom(start: number, count: number): Tensor {
  const bytes = digits.values.subarray(start * pixels, (start + count) * pixels);
  return tf.tensor(
    new Float32Array(bytes).map((value) => (value / 255 - 0.1307) / 0.3081),
    [count, pixels],
  );
}

// A label becomes ten numbers: 1 at the place of the digit, 0 elsewhere. This is called one-hot; series 2 says why.

function labelsFrom(start: number, count: number): Tensor {
  const labels = tf.tensor1d(Int32Array.from(digits.labels.subarray(start, start + count)), "int32");
  return tf.cast(tf.oneHot(labels, 10), "float32");
}

assert.deepEqual([...labelsFrom(0, 1).dataSync()], [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);

// The network
//
// It has two layers. The first makes 32 numbers of the 784 pixels: each is a weighted sum of all pixels plus a number of its own,
// the bias. The second makes ten numbers of the 32 in the same way. The weights and biases are the parameters: learning means
// finding good values for them.
//
// They begin at random, or else all 32 sums would be the same and stay so. The bound 1 / √inputs keeps the sums in a good
// range. `stream` is a source of random numbers: the same seed and name always give the same numbers, so your run prints what
// ours did. (The names are those that the library will use in step 3.)

function random(name: string, shape: number[], inputs: number): Tensor {
  const source = stream(1, "initialise", name);
  const bound = 1 / Math.sqrt(inputs);
  const count = shape.reduce((product, size) => product * size);
  return tf.tensor(
    Float32Array.from({ length: count }, () => (2 * source.uniform() - 1) * bound),
    shape,
  );
}

let weight1 = random("fc1.weight", [32, pixels], pixels);
let bias1 = random("fc1.bias", [32], pixels);
let weight2 = random("fc2.weight", [10, 32], 32);
let bias2 = random("fc2.bias", [10], 32);

// A weighted sum of each row with each of 32 lists of weights is a matrix product. `false, true` turns the second matrix
// over, because we keep a row of weights for each sum.
//
// Between the two layers stands an activation: whatever is below 0 becomes 0. Without it two layers of sums would be no more
// than one, since sums of sums are sums. With it the network can bend.

function forward(images: Tensor) {
  const sums = tf.add(tf.matMul(images, weight1, false, true), bias1); // [batch, 32]
  const hidden = tf.maximum(sums, 0); // [batch, 32]
  const outputs = tf.add(tf.matMul(hidden, weight2, false, true), bias2); // [batch, 10]
  return { sums, hidden, outputs };
}

// The loss
//
// The ten outputs can be any numbers. Softmax makes probabilities of them: e to the power of each, divided by the sum of all ten.
// (Subtracting the highest first changes nothing and keeps the powers small.) The loss says how wrong the network was: minus the
// logarithm of the probability that it gave to the right digit. It is 0 for a probability of 1, and grows without end towards 0.

function softmax(outputs: Tensor): Tensor {
  const powers = tf.exp(tf.sub(outputs, tf.max(outputs, 1, true)));
  return tf.div(powers, tf.sum(powers, 1, true));
}

function meanLoss(probabilities: Tensor, labels: Tensor): Tensor {
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.log(probabilities)), 1)));
}

// Gradient descent
//
// For each parameter we ask: if it grew a little, by how much would the loss grow? That is its gradient. Moving every parameter a
// small step against its gradient makes the loss smaller. The chain rule of calculus gives the gradients, from the loss back to
// the pixels. Softmax and this loss make its beginning simple: the gradient of an output is its probability minus its label.
// Behind it come, for each layer, the gradients of its weights, of its biases and of what went into it.
//
// A step is made on a batch of 64 images at once: that is quicker than one at a time and wanders less, and quicker than all
// images at a time. The learning rate says how far a step goes.

const batchSize = 64;
const learningRate = 0.1;

function step(images: Tensor, labels: Tensor): number {
  const moved = tf.tidy(() => {
    const { sums, hidden, outputs } = forward(images);
    const probabilities = softmax(outputs);

    const ofOutputs = tf.div(tf.sub(probabilities, labels), images.shape[0] ?? 1);
    const ofWeight2 = tf.matMul(ofOutputs, hidden, true, false);
    const ofBias2 = tf.sum(ofOutputs, 0);
    const ofHidden = tf.matMul(ofOutputs, weight2);
    const ofSums = tf.mul(ofHidden, tf.cast(tf.greater(sums, 0), "float32"));
    const ofWeight1 = tf.matMul(ofSums, images, true, false);
    const ofBias1 = tf.sum(ofSums, 0);

    const descend = (parameter: Tensor, gradient: Tensor) => tf.sub(parameter, tf.mul(gradient, learningRate));
    return {
      loss: meanLoss(probabilities, labels),
      weight1: descend(weight1, ofWeight1),
      bias1: descend(bias1, ofBias1),
      weight2: descend(weight2, ofWeight2),
      bias2: descend(bias2, ofBias2),
    };
  });
  tf.dispose([weight1, bias1, weight2, bias2]);
  ({ weight1, bias1, weight2, bias2 } = moved);
  const [loss = Number.NaN] = moved.loss.dataSync();
  moved.loss.dispose();
  return loss;
}

// Tensors live outside of JavaScript's memory, and nobody collects them for you. `tf.tidy` frees all that were made inside it,
// except those that it returns; the old parameters and the loss we free ourselves.

// Training
//
// One pass over the training images, batch after batch. Before it learned anything the network gives each digit a probability of
// about 1 / 10, so the first loss is about ln 10 = 2.303.

const losses: number[] = [];
let weighted = 0;
for (let start = 0; start < trainingImages; start += batchSize) {
  const count = Math.min(batchSize, trainingImages - start);
  const images = imagesFrom(start, count);
  const labels = labelsFrom(start, count);
  const loss = step(images, labels);
  losses.push(loss);
  weighted += loss * count;
  tf.dispose([images, labels]);
}
const firstLoss = losses[0] ?? Number.NaN;
const passLoss = weighted / trainingImages;

// How many of the validation images does it read rightly? The answer is the place of the highest output.

const accuracy = tf.tidy(() => {
  const { outputs } = forward(imagesFrom(50_000, validationImages));
  const right = tf.equal(tf.argMax(outputs, 1), tf.argMax(labelsFrom(50_000, validationImages), 1));
  return Number(tf.mean(tf.cast(right, "float32")).dataSync()[0]);
});

console.log(`batches: ${losses.length}`);
console.log(`loss of the first batch: ${firstLoss.toFixed(3)}`);
console.log(`mean loss of the pass: ${passLoss.toFixed(3)}`);
console.log(`validation accuracy: ${(100 * accuracy).toFixed(0)} %`);
// → batches: 782
// → loss of the first batch: 2.359
// → mean loss of the pass: 0.318
// → validation accuracy: 94 %
// --short → batches: 50
// --short → loss of the first batch: 2.359
// --short → mean loss of the pass: 0.899
// --short → validation accuracy: 87 %

assert.equal(firstLoss.toFixed(3), "2.359");
assert.equal(passLoss.toFixed(3), short ? "0.899" : "0.318");
assert.ok(Math.abs(accuracy - (short ? 0.87 : 0.94)) < 0.01);

// More than nine digits in ten after one pass, out of nothing but sums, powers and a little calculus. Remember the three numbers:
// each step of this series checks, as this one does, that it prints them too.
//
// Next: series-0/2-library-loss.ts lets the library find the gradients.
