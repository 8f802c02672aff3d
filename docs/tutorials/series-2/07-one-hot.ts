// Series 2, part 7: why classes are one-hot, and not 1, 2, 3
//
//   npm run tutorial -- series-2/07-one-hot
//
// Cat, dog, horse: three classes. One could call them 1, 2 and 3 and let the network give one number. It is the first idea that
// most people have, and it goes wrong. Here is how.

import assert from "node:assert/strict";
import { oneHot } from "@tributary/data";
import { type LossSettings, lossOf, Model, ModelOptimizer, openBackend } from "@tributary/engine";
import { initialise, Linear, trace } from "@tributary/nn";

const backend = await openBackend();
const { tf } = backend;

// Numbers have an order and distances; classes have none
//
// With 1, 2, 3 a dog lies between a cat and a horse. A network that can't tell whether it sees a cat or a horse would answer with the
// number between them, 2: "surely a dog". And calling a cat a horse would be far worse than calling it a dog.

const asNumber = (guess: number) =>
  lossOf({ name: "mse" })
    .apply(tf, tf.tensor([[guess]]), tf.tensor([[1]]))
    .dataSync()[0];
console.log(`a cat called a dog costs ${asNumber(2)}, called a horse ${asNumber(3)}`);
// → a cat called a dog costs 1, called a horse 4

// One-hot gives each class a place of its own: cat [1, 0, 0], dog [0, 1, 0], horse [0, 0, 1]. The distance between any two is the same.

const rows = oneHot([0, 1, 2], 3);
const [cat, dog, horse] = [rows.subarray(0, 3), rows.subarray(3, 6), rows.subarray(6, 9)] as const;
console.log(`cat ${cat}; dog ${dog}; horse ${horse}`);
// → cat 1,0,0; dog 0,1,0; horse 0,0,1

const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.hypot(...Array.from(a, (value, place) => value - (b[place] ?? 0)));
assert.equal(distance(cat, dog), distance(cat, horse));
assert.equal(distance(cat, dog), distance(dog, horse));

// The network gives three numbers, one for each class; softmax makes probabilities of them. Undecided between cat and horse is
// [0.5, 0, 0.5], which says what it means.
//
// The proof
//
// Five groups of points lie around a circle, like the fingers of a hand; each is a class. For each group there is a weighted sum of x
// and y that is higher for its points than the sums of the others: look in its direction. But no one sum is 1, 2, 3, 4 and 5 for
// them. A sum rises from one side of the circle to the other, and on the way it passes two groups at a time.

const samples = 500;
const groups = 5;
const groupOf = (sample: number) => sample % groups;
const points = {
  shape: [samples, 2],
  values: Float32Array.from(
    Array.from({ length: samples }, (_, sample) => {
      const degrees = (360 / groups) * groupOf(sample) + ((sample * 37) % 61) - 30;
      const angle = (degrees * Math.PI) / 180;
      return [Math.cos(angle), Math.sin(angle)];
    }).flat(),
  ),
};

// Two networks of one layer each learn them: one gives a number and is trained towards 1 to 5 by the squared error, the other one
// gives five and is trained by cross-entropy.

async function outputsAfterTraining(
  outputs: number,
  targets: { shape: number[]; values: Float32Array | Int32Array },
  loss: LossSettings,
): Promise<number[][]> {
  const graph = trace(new Linear(2, outputs), [2]);
  using model = await Model.open(backend, graph, initialise(graph, 1));
  using optimizer = new ModelOptimizer(model, { name: "sgd", learningRate: 0.3 });
  for (let step = 0; step < 100; step++) optimizer.step(model.gradients([points], targets, loss).gradients);
  const [{ values } = { values: new Float32Array() }] = model.forward(points);
  return Array.from({ length: samples }, (_, sample) => [...values.subarray(sample * outputs, (sample + 1) * outputs)]);
}

const rightOf = (called: number[]) =>
  (100 * called.filter((group, sample) => group === groupOf(sample)).length) / samples;

const numbers = Float32Array.from({ length: samples }, (_, sample) => groupOf(sample) + 1);
const byNumber = await outputsAfterTraining(1, { shape: [samples, 1], values: numbers }, { name: "mse" });
const rightByNumber = rightOf(byNumber.map(([guess = 0]) => Math.min(groups, Math.max(1, Math.round(guess))) - 1));

const classes = Int32Array.from({ length: samples }, (_, sample) => groupOf(sample));
const byClass = await outputsAfterTraining(groups, { shape: [samples], values: classes }, { name: "cross-entropy" });
const rightByClass = rightOf(byClass.map((scores) => scores.indexOf(Math.max(...scores))));

console.log(`classes as 1 to 5: ${rightByNumber.toFixed(0)} % right; one-hot: ${rightByClass.toFixed(0)} % right`);
// → classes as 1 to 5: 30 % right; one-hot: 100 % right

assert.ok(rightByNumber < 60);
assert.equal(rightByClass, 100);

// You rarely write one-hot yourself. The losses take class numbers from 0 on, as an Int32Array, and make them one-hot inside; they
// also take one-hot or any other probabilities as a Float32Array, which is the same where both say the same.

const logits = tf.tensor([[1, 2, 3]]);
const crossEntropy = lossOf({ name: "cross-entropy" });
const [byIndex = Number.NaN] = crossEntropy.apply(tf, logits, tf.tensor1d([2], "int32")).dataSync();
const [byOneHot = Number.NaN] = crossEntropy.apply(tf, logits, tf.tensor([[0, 0, 1]])).dataSync();
console.log(`class 2: ${byIndex.toFixed(4)}; [0, 0, 1]: ${byOneHot.toFixed(4)}`);
// → class 2: 0.4076; [0, 0, 1]: 0.4076

assert.equal(byIndex.toFixed(4), byOneHot.toFixed(4));

// When numbers are right: if the classes have an order and distances, as one to five stars have, one number is a good answer.
//
// Next: series-2/08-linear-maps.ts looks at a layer as a movement of space.
