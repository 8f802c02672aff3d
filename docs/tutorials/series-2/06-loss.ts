// Series 2, part 6: loss and its reductions
//
//   npm run tutorial -- series-2/06-loss
//
// A loss is one number that says how wrong a network was. Training makes it smaller; it can do nothing else. So the loss is
// where you say what you want.

import assert from "node:assert/strict";
import { type LossSettings, lossOf, Model, openBackend, type Tensor } from "@tributary/engine";
import { initialise, Linear, trace } from "@tributary/nn";

const backend = await openBackend();
const { tf } = backend;

const lossBy = (settings: LossSettings, outputs: Tensor, targets: Tensor): number[] =>
  Array.from(lossOf(settings).apply(tf, outputs, targets).dataSync());
const show = (values: number[]) => values.map((value) => value.toFixed(3)).join(" ");

// When the answer is a number
//
// A house was guessed at 3 and sold at 5: the error is 2. The mean squared error, "mse", squares each error and takes the mean. A
// large error counts for much more than a small one. The mean absolute error, "l1", does not square, so that a single odd sample
// can't pull the network to itself. "huber" squares small errors and not large ones.

const guesses = tf.tensor([[3], [1], [10]]);
const prices = tf.tensor([[5], [1], [4]]);
console.log(`mse   ${show(lossBy({ name: "mse" }, guesses, prices))}`);
console.log(`l1    ${show(lossBy({ name: "l1" }, guesses, prices))}`);
console.log(`huber ${show(lossBy({ name: "huber" }, guesses, prices))}`);
// → mse   13.333
// → l1    2.667
// → huber 2.333

assert.equal(show(lossBy({ name: "mse" }, guesses, prices)), ((2 ** 2 + 0 ** 2 + 6 ** 2) / 3).toFixed(3));

// When the answer is a class
//
// A classifier gives a number for each class: its logits. Softmax makes probabilities of them. Cross-entropy is minus the logarithm of
// the probability that the right class got: 0 for a probability of 1, 0.693 for one half, and ever larger towards 0. To be
// sure and wrong costs most. Below, the right class of each of three samples is the first, the second, the third.

const rows = [
  [2, 0, 0], // rather sure, and right
  [0, 0, 0], // undecided
  [4, 0, 0], // sure, and wrong
];
const logits = tf.tensor(rows);
const classes = tf.tensor1d([0, 1, 2], "int32");
const single = lossBy({ name: "cross-entropy", reduction: "none" }, logits, classes);
console.log(`cross-entropy of each: ${show(single)}`);
// → cross-entropy of each: 0.240 1.099 4.036

const byHand = rows.map((row, sample) => {
  const powers = row.map(Math.exp);
  const probability = (powers[sample] ?? 0) / powers.reduce((sum, power) => sum + power);
  return -Math.log(probability);
});
assert.equal(show(single), show(byHand));

// Reductions
//
// That was a loss for each sample: the reduction "none". To train, one number is needed. "mean" is the usual one, and the default: the
// size of a step does not depend on the size of the batch. "sum" adds up; with it a batch twice as large makes steps twice as
// large, so the learning rate has to be smaller.

const [mean = Number.NaN] = lossBy({ name: "cross-entropy", reduction: "mean" }, logits, classes);
const [sum = Number.NaN] = lossBy({ name: "cross-entropy", reduction: "sum" }, logits, classes);
console.log(`mean ${mean.toFixed(3)}, sum ${sum.toFixed(3)}`);
// → mean 1.791, sum 5.374

assert.equal((3 * mean).toFixed(4), sum.toFixed(4));

// "none" is good for looking: which samples does the network find hard? It is no loss to train by, and the library says so.

const graph = trace(new Linear(2, 3), [2]);
using model = await Model.open(backend, graph, initialise(graph, 1));
const inputs = { shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
const targets = { shape: [3], values: Int32Array.of(0, 1, 2) };
assert.throws(() => model.gradients([inputs], targets, { name: "cross-entropy", reduction: "none" }), {
  message: "a loss to train by is one number, got [3]",
  hint: 'Set its reduction to "mean" or "sum".',
});

// The mean of a batch is not always what you want to report. If the last batch is smaller, the mean of the means is not the mean
// over all samples; weight each by the size of its batch, as `train` and `evaluate` do.
//
// Logits or probabilities?
//
// "cross-entropy" takes logits. "nll" is the same loss for a network that ends in `logSoftmax`. Don't put a softmax before
// "cross-entropy": it would be applied twice, and the network learns slowly, without an error.

const [twice = Number.NaN] = lossBy({ name: "cross-entropy" }, tf.softmax(logits), classes);
const [nll = Number.NaN] = lossBy({ name: "nll" }, tf.logSoftmax(logits), classes);
console.log(`nll of logSoftmax ${nll.toFixed(3)}; softmax twice ${twice.toFixed(3)}`);
// → nll of logSoftmax 1.791; softmax twice 1.106

assert.equal(nll.toFixed(4), mean.toFixed(4));

// A loss of your own
//
// Whatever gives one number out of the outputs will do. This one wants all outputs to be small.

const own = model.gradients([inputs], undefined, (tf, [outputs]) => tf.mean(tf.square(outputs ?? 0)));
const [outputs] = model.forward(inputs);
const squares = Array.from(outputs?.values ?? [], (value) => value ** 2);
assert.ok(Math.abs(own.loss - squares.reduce((sum, square) => sum + square) / squares.length) < 1e-5);
console.log(`gradients by a loss of one's own: ${own.gradients.map(({ name }) => name).join(", ")}`);
// → gradients by a loss of one's own: weight, bias

// Next: series-2/07-one-hot.ts asks why a class is not simply a number.
