// Series 0, step 5 of 5: fit, with validation and early stop
//
//   npm run tutorial -- series-0/5-fit
//
// One pass gave 94 %. More passes give more, up to a point: after it the network learns its training images by heart and gets worse
// at others. This last step makes a function of the loop that watches for that point. Its first pass is the pass of the
// four steps before, with the same loss.

import assert from "node:assert/strict";
import { type Dataset, loader, mnist, subset } from "@tributary/data";
import { evaluate, type LossSettings, type OptimizerSettings, openBackend, train } from "@tributary/engine";
import { flatten, initialise, Linear, Module, relu, trace, type Value } from "@tributary/nn";

const short = process.argv.includes("--short");
const trainingImages = short ? 3_200 : 50_000;
const validationImages = short ? 1_000 : 10_000;

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

const digits = await mnist("train");
const places = (start: number, count: number) => Int32Array.from({ length: count }, (_, index) => start + index);
const training = subset(digits, places(0, trainingImages));
const validation = subset(digits, places(50_000, validationImages));

// Two functions of the library do a whole pass each. `train` is the loop of step 4, faster: where it can, it records a step once
// and replays it. `evaluate` counts the loss and the accuracy on data without learning from it. Both take parameters and leave them
// as they are; `train` gives back new ones.
//
// The images that we validate on must not be trained on: a network that knew its images by heart would pass any test made
// of them.

interface FitOptions {
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly batchSize: number;
  /** Passes over the training data, at most. */
  readonly maxPasses: number;
  /** Stop after so many passes without a lower validation loss. */
  readonly patience: number;
}

async function fit(training: Dataset, validation: Dataset, options: FitOptions) {
  const { loss, optimizer, batchSize, maxPasses, patience } = options;
  let parameters = initialise(graph, 1);
  let best = { pass: 0, loss: Number.POSITIVE_INFINITY, accuracy: 0, parameters };
  const history: { trained: number; validated: number }[] = [];

  while (history.length < maxPasses && history.length - best.pass < patience) {
    const pass = history.length + 1;
    const settings = { loss, optimizer, seed: 1, streamName: ["fit", pass] };
    const trained = await train(backend, graph, parameters, loader(training, { batchSize }), settings);
    parameters = trained.parameters;
    const validated = await evaluate(backend, graph, parameters, loader(validation, { batchSize: 500 }), { loss });
    history.push({ trained: trained.loss, validated: validated.loss });
    if (validated.loss < best.loss) best = { pass, loss: validated.loss, accuracy: validated.accuracy, parameters };
    console.log(`pass ${pass}: loss ${trained.loss.toFixed(3)}, validation loss ${validated.loss.toFixed(3)}`);
  }
  return { best, history };
}

const { best, history } = await fit(training, validation, {
  loss: { name: "cross-entropy" },
  optimizer: { name: "sgd", learningRate: 0.1 },
  batchSize: 64,
  maxPasses: 50,
  patience: 3,
});

console.log(`${history.length} passes; the best was pass ${best.pass}, with ${(100 * best.accuracy).toFixed(0)} %`);
// → pass 1: loss 0.318, validation loss 0.202
// → pass 2: loss 0.168, validation loss 0.155
// → …
// → pass 8: loss 0.073, validation loss 0.128
// → …
// → 11 passes; the best was pass 8, with 97 %
// --short → pass 1: loss 0.899, validation loss 0.496
// --short → pass 2: loss 0.377, validation loss 0.413
// --short → …
// --short → pass 8: loss 0.128, validation loss 0.364
// --short → …
// --short → 11 passes; the best was pass 8, with 90 %

assert.equal(history[0]?.trained.toFixed(3), short ? "0.899" : "0.318");
assert.ok(Math.abs(best.accuracy - (short ? 0.9 : 0.97)) < 0.01);

// The loss on the training images fell in every pass. The validation loss fell, too, and then rose: from pass 8 on the network learned
// what is true of these images and not of others, which is called overfitting. `fit` waited three passes, to be sure that it
// was no accident, and gave back the parameters of the best pass, not of the last.

const trainedLosses = history.map(({ trained }) => trained);
const validatedLosses = history.map(({ validated }) => validated);
assert.deepEqual(
  trainedLosses,
  [...trainedLosses].sort((a, b) => b - a),
);
assert.equal(Math.min(...validatedLosses), validatedLosses[best.pass - 1]);
assert.equal(history.length, best.pass + 3);

// The accuracy above helped to choose the pass, so it flatters a little. The last word has data that no choice was made with: MNIST
// has a test set for that.

const test = await mnist("test");
const { accuracy } = await evaluate(backend, graph, best.parameters, loader(test, { batchSize: 500 }), {
  loss: { name: "cross-entropy" },
});
console.log(`on the ${test.count} images of the test set: more than ${Math.floor(100 * accuracy)} %`);
// → on the 10000 images of the test set: more than 96 %
// --short → on the 10000 images of the test set: more than 90 %

assert.ok(accuracy > (short ? 0.9 : 0.96));

// From 60 lines of arithmetic to a function that trains any module until it is as good as it gets, without a change of the
// numbers on the way. Series 2 goes through the parts one by one, and to networks that see.
