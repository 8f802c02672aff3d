// Series 2, part 8: matrices as linear maps
//
//   npm run tutorial -- series-2/08-linear-maps
//
// A linear layer is a matrix and a bias. One can read a matrix as a table of weights, as so far. There is a second way to read it, which
// says more: a matrix is a movement of space.

import assert from "node:assert/strict";
import { Model, openBackend } from "@tributary/engine";
import { Linear, sequential, trace } from "@tributary/nn";

const backend = await openBackend();
const { tf } = backend;

// A map takes a point to a point
//
// Take a point of the plane, (x, y), and a matrix of two rows. Each row gives one number of the result: the sum of row times point.
//
//   [ a  b ]   [ x ]   [ a·x + b·y ]
//   [ c  d ] · [ y ] = [ c·x + d·y ]

type Matrix = readonly [readonly [number, number], readonly [number, number]];
type Point = readonly [number, number];

const apply = ([[a, b], [c, d]]: Matrix, [x, y]: Point): Point => [a * x + b * y, c * x + d * y];

// Where do (1, 0) and (0, 1) go? To (a, c) and (b, d): the columns of the matrix. They say everything, since every other point is so
// much of the one and so much of the other. So you can read what a matrix does from its columns.

const quarterTurn: Matrix = [
  [0, -1],
  [1, 0],
];
console.log(`(1, 0) goes to (${apply(quarterTurn, [1, 0])}), (0, 1) to (${apply(quarterTurn, [0, 1])})`);
// → (1, 0) goes to (0,1), (0, 1) to (-1,0)

// That is a turn by a quarter, to the left. Others stretch, mirror, lean, or press the plane flat onto a line.

const stretch: Matrix = [
  [2, 0],
  [0, 1],
];
const lean: Matrix = [
  [1, 1],
  [0, 1],
];
const flatten: Matrix = [
  [1, 0],
  [0, 0],
];
const corner: Point = [1, 1];
console.log(
  `(1, 1) stretched (${apply(stretch, corner)}), leaning (${apply(lean, corner)}), flat (${apply(flatten, corner)})`,
);
// → (1, 1) stretched (2,1), leaning (2,1), flat (1,0)

// What they have in common is what "linear" means: straight lines stay straight, 0 stays where it is, and the map of a sum is the sum
// of the maps.

const added = apply(lean, [3 + 1, 4 + 2]);
assert.deepEqual(added, [
  apply(lean, [3, 4])[0] + apply(lean, [1, 2])[0],
  apply(lean, [3, 4])[1] + apply(lean, [1, 2])[1],
]);
assert.deepEqual(apply(quarterTurn, [0, 0]), [0, 0]);

// One after the other is a product
//
// First lean, then turn: there is one matrix that does both. It is the product of the two, the later one on the left. That is why
// matrices are multiplied in the odd way that they are.

const tensorOf = ([first, second]: Matrix) => tf.tensor([...first, ...second], [2, 2]);
const product = tf.matMul(tensorOf(quarterTurn), tensorOf(lean));
const stepwise = apply(quarterTurn, apply(lean, corner));
const atOnce = tf.matMul(product, tf.tensor([1, 1], [2, 1])).dataSync();
console.log(`lean, then turn: (${stepwise}); by the product: (${atOnce})`);
// → lean, then turn: (-1,2); by the product: (-1,2)

assert.deepEqual([...atOnce], [...stepwise]);

// A linear layer is a map and a shift
//
// `Linear(2, 2)` has a matrix, its weight, and then moves everything by its bias. Give it the quarter turn and a shift by 10.

const layer = trace(new Linear(2, 2), [2]);
using turn = await Model.open(backend, layer, [
  { name: "weight", shape: [2, 2], values: Float32Array.of(...quarterTurn.flat()) },
  { name: "bias", shape: [2], values: Float32Array.of(10, 10) },
]);
const [turned] = turn.forward({ shape: [2, 2], values: Float32Array.of(1, 0, 0, 1) });
console.log(`(1, 0) and (0, 1), turned and shifted: ${turned?.values}`);
// → (1, 0) and (0, 1), turned and shifted: 10,11,9,10

// The spaces need not be of the same size. `Linear(784, 32)` takes a point of 784 dimensions, an image, to one of 32; its
// matrix has 32 rows of 784. It presses away most of what there is, and training chooses what is kept: the directions in which
// images of unlike digits differ. A convolution is such a map, too, with the same few numbers again and again in its matrix.
//
// Two layers without an activation are one
//
// Since a product of matrices is a matrix, two linear layers with nothing between them are one layer, with the product for its
// weight. This is why part 5 needed something that bends.

const both = trace(sequential(new Linear(2, 2), new Linear(2, 2)), [2]);
const none = Float32Array.of(0, 0);
using twice = await Model.open(backend, both, [
  { name: "0.weight", shape: [2, 2], values: Float32Array.of(...lean.flat()) },
  { name: "0.bias", shape: [2], values: none },
  { name: "1.weight", shape: [2, 2], values: Float32Array.of(...quarterTurn.flat()) },
  { name: "1.bias", shape: [2], values: none },
]);
using once = await Model.open(backend, layer, [
  { name: "weight", shape: [2, 2], values: Float32Array.from(product.dataSync()) },
  { name: "bias", shape: [2], values: none },
]);
const somewhere = { shape: [1, 2], values: Float32Array.of(3, -5) };
console.log(`two layers: ${twice.forward(somewhere)[0]?.values}; one layer: ${once.forward(somewhere)[0]?.values}`);
// → two layers: 5,-2; one layer: 5,-2

assert.deepEqual(twice.forward(somewhere), once.forward(somewhere));

// Next: series-2/09-training.ts trains a network of such maps, with something that bends between them.
