// Series 2, part 9: training until accurate enough, or out of iterations
//
//   npm run tutorial -- series-2/09-training
//
// All parts are there: data, layers, activation, loss. Training puts them in a loop. How long should it go on? Until the network is
// good enough, or until a number of steps that you are willing to wait for. A loop needs both: without the second one it may never
// end.

import assert from "node:assert/strict";
import { loader, mnist } from "@tributary/data";
import { evaluate, Model, ModelOptimizer, openBackend } from "@tributary/engine";
import {
  Conv2d,
  flatten,
  initialise,
  Linear,
  Module,
  maxPool2d,
  relu,
  summary,
  trace,
  type Value,
} from "@tributary/nn";

const short = process.argv.includes("--short");

// A small network that sees: eight filters of 5 by 5, every other pixel kept, and a linear layer for the ten digits.

class Net extends Module {
  conv = new Conv2d(1, 8, 5);
  fc = new Linear(8 * 12 * 12, 10);

  forward(images: Value): Value {
    const found = maxPool2d(relu(this.conv.forward(images)), 2);
    return this.fc.forward(flatten(found));
  }
}

const graph = trace(new Net(), [1, 28, 28]);
console.log(summary(graph));
// → Net
// → layer       op          output              parameters
// → input                   [batch, 1, 28, 28]
// → conv        conv2d      [batch, 8, 24, 24]         208
// → relu        relu        [batch, 8, 24, 24]           0
// → max_pool2d  max_pool2d  [batch, 8, 12, 12]           0
// → flatten     flatten     [batch, 1152]                0
// → fc          linear      [batch, 10]             11,530
// → 11,738 parameters

const backend = await openBackend();
const training = await mnist("train");
const test = await mnist("test");

// How accurate is it now? This is a pass over images that it does not learn from. It takes a while, so we do it every now and then,
// and not after every step.

async function accuracyOf(model: Model): Promise<number> {
  const batches = loader(test, { batchSize: 500, maxBatches: short ? 1 : 20 });
  const { accuracy } = await evaluate(backend, graph, model.parameters(), batches, { loss: { name: "cross-entropy" } });
  return accuracy;
}

// The loop
//
// One step: take a batch, find the gradients of the loss, move the parameters. Repeat. `shuffle` gives the images in an order of its
// own in each pass, and a loader with `maxBatches` begins again when the images are through, so that the batches do not run out before
// the iterations do.

interface Goal {
  readonly accuracy: number;
  readonly iterations: number;
  /** Look at the accuracy after so many steps. */
  readonly every: number;
}

async function trainUntil(goal: Goal): Promise<{ reached: boolean; iterations: number; accuracy: number }> {
  using model = await Model.open(backend, graph, initialise(graph, 1));
  using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.002 });
  let iterations = 0;
  let accuracy = 0;
  const shuffle = { seed: 1, streamName: ["tutorial"] };
  for (const batch of loader(training, { batchSize: 64, maxBatches: goal.iterations, shuffle })) {
    const inputs = [{ shape: batch.shape, values: batch.images }];
    const targets = { shape: [batch.labels.length], values: batch.labels };
    const { loss, gradients } = model.gradients(inputs, targets, { name: "cross-entropy" });
    optimizer.step(gradients);
    iterations += 1;
    if (iterations % goal.every !== 0) continue;
    accuracy = await accuracyOf(model);
    console.log(`step ${iterations}: loss ${loss.toFixed(1)}, accuracy ${(100 * accuracy).toFixed(0)} %`);
    if (accuracy >= goal.accuracy) return { reached: true, iterations, accuracy };
  }
  return { reached: false, iterations, accuracy };
}

// First goal: 97 % (80 % in the short form), within 2,000 steps.

const first = await trainUntil(
  short ? { accuracy: 0.8, iterations: 100, every: 10 } : { accuracy: 0.97, iterations: 2_000, every: 100 },
);
console.log(first.reached ? `accurate enough after ${first.iterations} steps` : "out of iterations");
// → step 100: loss 0.3, accuracy 93 %
// → …
// → step 600: loss 0.1, accuracy 97 %
// → accurate enough after 600 steps
// --short → step 10: loss 1.2, accuracy 77 %
// --short → step 20: loss 0.6, accuracy 81 %
// --short → accurate enough after 20 steps

assert.ok(first.reached);

// A goal that can't be reached in time ends, too, and says so.

const second = await trainUntil({ accuracy: 1, iterations: 20, every: 10 });
console.log(second.reached ? `accurate enough after ${second.iterations} steps` : "out of iterations");
// → out of iterations

assert.deepEqual([second.reached, second.iterations], [false, 20]);

// What to do when it does not learn
//
// Look at the loss. If it does not move, the learning rate is too small, or the labels do not belong to the images. If it jumps about or
// becomes NaN, the learning rate is too large. If it falls and the accuracy does not rise, read part 10.

using wild = await Model.open(backend, graph, initialise(graph, 1));
using tooFast = new ModelOptimizer(wild, { name: "sgd", learningRate: 100 });
const losses: number[] = [];
for (const { images, shape, labels } of loader(training, { batchSize: 64, maxBatches: 3 })) {
  const targets = { shape: [labels.length], values: labels };
  const { loss, gradients } = wild.gradients([{ shape, values: images }], targets, { name: "cross-entropy" });
  losses.push(loss);
  tooFast.step(gradients);
}
assert.ok(Math.max(...losses) > 1_000);
console.log(`learning rate 100: the loss rises from ${losses[0]?.toFixed(1)} to above 1000 in three steps`);
// → learning rate 100: the loss rises from 2.4 to above 1000 in three steps

// Next: series-2/10-validation.ts says why the accuracy was measured on other images.
