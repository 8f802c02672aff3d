// Series 2, part 10: validation
//
//   npm run tutorial -- series-2/10-validation
//
// A pupil who has seen the questions can learn the answers by heart. So can a network. Validation asks questions that it has not seen.

import assert from "node:assert/strict";
import { loader, mnist, subset } from "@tributary/data";
import { evaluate, openBackend, train } from "@tributary/engine";
import { dropout, flatten, initialise, Linear, Module, relu, trace, type Value } from "@tributary/nn";

const short = process.argv.includes("--short");
const backend = await openBackend();
const digits = await mnist("train");
const places = (start: number, count: number) => Int32Array.from({ length: count }, (_, index) => start + index);

// To see it happen, take few images to train with: 200. A network of a hundred thousand parameters has room enough to learn each of
// them by heart. The validation images are others.

const training = subset(digits, places(0, 200));
const validation = subset(digits, places(50_000, short ? 1_000 : 10_000));

class Net extends Module {
  fc1 = new Linear(28 * 28, 128);
  fc2 = new Linear(128, 10);
  constructor(private readonly drop: number) {
    super();
  }

  forward(images: Value): Value {
    const hidden = relu(this.fc1.forward(flatten(images)));
    return this.fc2.forward(this.drop === 0 ? hidden : dropout(hidden, this.drop));
  }
}

const loss = { name: "cross-entropy" } as const;
const graph = trace(new Net(0), [1, 28, 28]);
const start = initialise(graph, 1);
const batches = loader(training, { batchSize: 20, epochs: 30, shuffle: { seed: 1, streamName: ["pupil"] } });
const trained = await train(backend, graph, start, batches, {
  loss,
  optimizer: { name: "adam", learningRate: 0.001 },
  seed: 1,
  streamName: ["pupil"],
});

const onTraining = await evaluate(backend, graph, trained.parameters, loader(training, { batchSize: 200 }), { loss });
const onValidation = await evaluate(backend, graph, trained.parameters, loader(validation, { batchSize: 500 }), {
  loss,
});
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
console.log(
  `on what it has seen: ${percent(onTraining.accuracy)}; on what it has not: ${percent(onValidation.accuracy)}`,
);
// → on what it has seen: 100 %; on what it has not: 78 %
// --short → on what it has seen: 100 %; on what it has not: 75 %

assert.equal(onTraining.accuracy, 1);
assert.ok(onValidation.accuracy < 0.9);

// The first number is worth nothing; the second one is what you can expect of the network. The gap between them is overfitting.
//
// What helps against it
//
// More images help most. Five times as many:

const more = subset(digits, places(0, 1_000));
const better = await train(backend, graph, start, loader(more, { batchSize: 20, epochs: 6 }), {
  loss,
  optimizer: { name: "adam", learningRate: 0.001 },
  seed: 1,
  streamName: ["pupil"],
});
const withMore = await evaluate(backend, graph, better.parameters, loader(validation, { batchSize: 500 }), { loss });
console.log(`with 1000 images and as many steps: ${percent(withMore.accuracy)}`);
// → with 1000 images and as many steps: 88 %
// --short → with 1000 images and as many steps: 87 %

assert.ok(withMore.accuracy > onValidation.accuracy);

// Stopping in time helps (series 0, step 5). So does dropout: while training, it sets half of the hidden numbers to 0, others in each
// step, so that the network can't lean on any one of them. While evaluating it does nothing, and `evaluate` knows that. How
// much it helps depends on the data; here it does not:

const dropping = await train(
  backend,
  trace(new Net(0.5), [1, 28, 28]),
  start,
  loader(training, { batchSize: 20, epochs: 30, shuffle: { seed: 1, streamName: ["pupil"] } }),
  { loss, optimizer: { name: "adam", learningRate: 0.001 }, seed: 1, streamName: ["pupil"] },
);
const withDropout = await evaluate(backend, graph, dropping.parameters, loader(validation, { batchSize: 500 }), {
  loss,
});
console.log(`with 200 images and dropout: ${percent(withDropout.accuracy)}`);
// → with 200 images and dropout: 78 %
// --short → with 200 images and dropout: 74 %

// (A network with dropout has the same parameters as one without, so they can be put into either.)
//
// Look closer
//
// An accuracy is one number. The confusion matrix says what was taken for what: in row a and column b is how many images of a were called
// b. The right answers are on the diagonal.

const { confusion, classes } = withMore;
const cell = (actual: number, called: number) => confusion[actual * classes + called] ?? 0;
const mistakes = Array.from({ length: classes ** 2 }, (_, index) => ({
  actual: Math.floor(index / classes),
  called: index % classes,
}))
  .filter(({ actual, called }) => actual !== called)
  .sort((a, b) => cell(b.actual, b.called) - cell(a.actual, a.called));
const [worst] = mistakes;
assert.ok(worst);
console.log(`the most frequent mistake: a ${worst.actual} is called a ${worst.called}`);
// → the most frequent mistake: a 3 is called a 5
// --short → the most frequent mistake: a 4 is called a 9

const onDiagonal = Array.from({ length: classes }, (_, digit) => cell(digit, digit)).reduce(
  (sum, count) => sum + count,
);
assert.equal(onDiagonal / withMore.samples, withMore.accuracy);
assert.equal(
  confusion.reduce((sum, count) => sum + count, 0),
  validation.count,
);

// Choosing is learning, too
//
// If you try fifty networks and keep the one with the best validation accuracy, some of its success is luck with these images. That is
// why there is a third set: the test set, which no choice was made with, asked once, at the end.

const test = await mnist("test");
const final = await evaluate(
  backend,
  graph,
  better.parameters,
  loader(test, { batchSize: 500, maxBatches: short ? 2 : 20 }),
  { loss },
);
console.log(`on the test set: ${percent(final.accuracy)}`);
// → on the test set: 88 %
// --short → on the test set: 85 %

// Next: series-2/11-own-operator.ts adds to the library what it lacks.
