// Series 0, step 4 of 5: an optimizer, a data set and a loader
//
//   npm run tutorial -- series-0/4-optimizer-and-loader
//
// The same network, data and numbers. This time the library walks through the data and moves the parameters, and what is left is
// the loop itself: this is what most training programs look like.

import assert from "node:assert/strict";
import { loader, mnist, subset } from "@tributary/data";
import { Model, ModelOptimizer, openBackend } from "@tributary/engine";
import { flatten, initialise, Linear, Module, relu, trace, type Value } from "@tributary/nn";

const short = process.argv.includes("--short");
const trainingImages = short ? 3_200 : 50_000;
const validationImages = short ? 1_000 : 10_000;

// Data sets give images as they are, in three dimensions: channels (one, grey), height, width. The network makes a list of 784
// pixels of each by itself now. `flatten` has no parameters, so nothing else changes.

class Net extends Module {
  fc1 = new Linear(28 * 28, 32);
  fc2 = new Linear(32, 10);

  forward(images: Value): Value {
    const hidden = relu(this.fc1.forward(flatten(images)));
    return this.fc2.forward(hidden);
  }
}

const graph = trace(new Net(), [1, 28, 28]);
const backend = await openBackend();
using model = await Model.open(backend, graph, initialise(graph, 1));

// A data set is images, labels, and what belongs to them: the shape of an image, the number of classes, and how pixel values become
// numbers around 0. `subset` takes the samples at some places.

const digits = await mnist("train");
const places = (start: number, count: number) => Int32Array.from({ length: count }, (_, index) => start + index);
const training = subset(digits, places(0, trainingImages));
const validation = subset(digits, places(50_000, validationImages));
console.log(`images of [${training.shape}], mean ${training.normalisation.mean}, ${training.classes} classes`);
// → images of [1,28,28], mean 0.1307, 10 classes

// A loader walks through a data set in batches, and does what you did by hand: it cuts, scales, and lets the last batch be smaller. It
// would also shuffle; here the order stays as it was, so that the numbers do.

const [first] = loader(training, { batchSize: 64, maxBatches: 1 });
console.log(`a batch is [${first?.shape}] with ${first?.labels.length} labels`);
// → a batch is [64,1,28,28] with 64 labels

// An optimizer moves the parameters. "sgd" is stochastic gradient descent: stochastic, because a batch is a sample of the data,
// and the step that you wrote. Others remember the gradients before ("adam"); to try one, change the line below.

using optimizer = new ModelOptimizer(model, { name: "sgd", learningRate: 0.1 });

let firstLoss = Number.NaN;
let weighted = 0;
for (const { images, shape, labels } of loader(training, { batchSize: 64 })) {
  const inputs = [{ shape, values: images }];
  const targets = { shape: [labels.length], values: labels };
  const { loss, gradients } = model.gradients(inputs, targets, { name: "cross-entropy" });
  optimizer.step(gradients);
  if (Number.isNaN(firstLoss)) firstLoss = loss;
  weighted += loss * labels.length;
}
const passLoss = weighted / training.count;

let right = 0;
for (const { images, shape, labels } of loader(validation, { batchSize: 500 })) {
  const [outputs] = model.forward({ shape, values: images });
  for (const [image, label] of labels.entries()) {
    const scores = outputs?.values.subarray(10 * image, 10 * (image + 1)) ?? new Float32Array();
    if (scores.indexOf(Math.max(...scores)) === label) right += 1;
  }
}
const accuracy = right / validation.count;

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

// Next: series-0/5-fit.ts makes a function of the loop, trains for as long as it helps, and stops by itself.
