// Series 2, part 12: a graph of your own shape
//
//   npm run tutorial -- series-2/12-own-graph
//
// So far each layer took what the one before it made. A network may have any shape that does not run in a circle: several inputs,
// branches, shortcuts, several outputs. In `forward` you write it down as it is.

import assert from "node:assert/strict";
import { loader, mnist } from "@tributary/data";
import { lossOf, Model, ModelOptimizer, type OwnLoss, openBackend } from "@tributary/engine";
import {
  add,
  Conv2d,
  concat,
  flatten,
  initialise,
  Linear,
  Module,
  maxPool2d,
  parameterCount,
  parseGraph,
  relu,
  trace,
  type Value,
} from "@tributary/nn";

const short = process.argv.includes("--short");

// This one gets an image and a number: how much ink there is. Two branches look at the image, one through a wide window and one through
// a fine one; their channels are put side by side. A shortcut takes that past the next convolution, whose result is added. At
// the end there are two answers: which digit it is, and whether the digit is odd.
//
//   image ─┬─ wide ─┬─ concat ─ pool ─┬─ mix ─ add ─ pool ─ flatten ─┬─ concat ─┬─ digit
//          └─ fine ─┘                 └────────┘                     │          └─ odd
//   ink ─────────────────────────────────────────────────────────────┘

class Net extends Module {
  wide = new Conv2d(1, 4, 5, { padding: "same" });
  fine = new Conv2d(1, 4, 3, { padding: "same" });
  mix = new Conv2d(8, 8, 3, { padding: "same" });
  digit = new Linear(8 * 7 * 7 + 1, 10);
  odd = new Linear(8 * 7 * 7 + 1, 1);

  forward(image: Value, ink: Value): Value[] {
    const wide = relu(this.wide.forward(image));
    const fine = relu(this.fine.forward(image));
    const both = maxPool2d(concat([wide, fine]), 2);
    const mixed = add(both, relu(this.mix.forward(both)));
    const found = concat([flatten(maxPool2d(mixed, 2)), ink]);
    return [this.digit.forward(found), this.odd.forward(found)];
  }
}

// Two inputs, so `trace` is given two shapes. The graph lists the nodes in an order in which they can be computed, each with the values
// that it takes.

const graph = trace(new Net(), [[1, 28, 28], [1]]);
for (const { name, inputs, shape } of graph.nodes) console.log(`${name} [${shape.slice(1)}] of ${inputs.join(", ")}`);
console.log(`gives ${graph.outputs.join(" and ")}; ${parameterCount(graph)} parameters`);
// → wide [4,28,28] of input1
// → relu [4,28,28] of wide
// → fine [4,28,28] of input1
// → relu_2 [4,28,28] of fine
// → concat [8,28,28] of relu, relu_2
// → max_pool2d [8,14,14] of concat
// → mix [8,14,14] of max_pool2d
// → relu_3 [8,14,14] of mix
// → add [8,14,14] of max_pool2d, relu_3
// → max_pool2d_2 [8,7,7] of add
// → flatten [392] of max_pool2d_2
// → concat_2 [393] of flatten, input2
// → digit [10] of concat_2
// → odd [1] of concat_2
// → gives digit and odd; 5062 parameters

// What does not fit is found while tracing. Here the shortcut is of another size than what it is added to.

class Unfit extends Net {
  override mix = new Conv2d(8, 8, 3);
}
assert.throws(() => trace(new Unfit(), [[1, 28, 28], [1]]), {
  code: "shape_mismatch",
  message: "add: expected a value that fits [batch, 8, 14, 14], got [batch, 8, 12, 12]",
});

// Train it
//
// A loss by name is for one output. For two there is a loss of your own: cross-entropy for the digit, and for odd or even "binary
// cross-entropy", which asks one yes-or-no question. Their sum is one number, so one descent teaches both. Whatever belongs to
// the batch is taken along from outside.

const crossEntropy = lossOf({ name: "cross-entropy" });
const binary = lossOf({ name: "bce-with-logits" });
const lossFor =
  (labels: Int32Array): OwnLoss =>
  (tf, [digit, odd]) => {
    assert.ok(digit && odd);
    const isOdd = tf.tensor(
      Float32Array.from(labels, (label) => label % 2),
      [labels.length, 1],
    );
    return tf.add(crossEntropy.apply(tf, digit, tf.tensor1d(labels, "int32")), binary.apply(tf, odd, isOdd));
  };

/** The second input: the mean of each image's pixels. */
function inkOf(images: Float32Array, count: number) {
  const size = images.length / count;
  const means = Array.from(
    { length: count },
    (_, image) => images.subarray(image * size, (image + 1) * size).reduce((sum, value) => sum + value, 0) / size,
  );
  return { shape: [count, 1], values: Float32Array.from(means) };
}

const backend = await openBackend();
using model = await Model.open(backend, graph, initialise(graph, 1));
using optimizer = new ModelOptimizer(model, { name: "adam", learningRate: 0.002 });
const training = await mnist("train");
const shuffle = { seed: 1, streamName: ["tutorial"] };
for (const { images, shape, labels } of loader(training, { batchSize: 32, maxBatches: short ? 60 : 600, shuffle })) {
  const inputs = [{ shape, values: images }, inkOf(images, labels.length)];
  optimizer.step(model.gradients(inputs, undefined, lossFor(labels)).gradients);
}

// `forward` gives both outputs.

const test = await mnist("test");
let rightDigit = 0;
let rightOdd = 0;
let seen = 0;
for (const { images, shape, labels } of loader(test, { batchSize: 500, maxBatches: short ? 2 : 20 })) {
  const [digits, odds] = model.forward({ shape, values: images }, inkOf(images, labels.length));
  assert.ok(digits && odds);
  for (const [image, label] of labels.entries()) {
    const scores = digits.values.subarray(10 * image, 10 * (image + 1));
    if (scores.indexOf(Math.max(...scores)) === label) rightDigit += 1;
    if (Number((odds.values[image] ?? 0) > 0) === label % 2) rightOdd += 1;
    seen += 1;
  }
}
const percent = (count: number) => `${((100 * count) / seen).toFixed(0)} %`;
console.log(`digit: ${percent(rightDigit)}; odd or even: ${percent(rightOdd)}`);
// → digit: 96 %; odd or even: 96 %
// --short → digit: 80 %; odd or even: 85 %

assert.ok(rightDigit / seen > (short ? 0.75 : 0.94));
assert.ok(rightOdd / seen > (short ? 0.75 : 0.94));

// A graph is data
//
// It can be written as JSON, kept, sent, and read again. Whoever reads it checks every name, every setting and every shape, since a file
// can hold anything.

const text = JSON.stringify(graph);
assert.deepEqual(parseGraph(JSON.parse(text)), graph);

assert.throws(() => parseGraph(JSON.parse(text.replaceAll("max_pool2d", "format_disk"))), { code: "invalid_graph" });
assert.throws(() => parseGraph(JSON.parse(text.replace("[-1,8,14,14]", "[-1,8,14,15]"))), { code: "shape_mismatch" });
console.log(`as JSON: ${Math.round(text.length / 1000)} kB, and back`);
// → as JSON: 4 kB, and back

// That was the second series: you have data, tensors, layers, losses, a loop that ends, an honest number at its end, and a way to what
// the library does not have. The README of the project shows how to train such a network where the data may not leave.
