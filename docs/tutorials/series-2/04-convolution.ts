// Series 2, part 4: from 3×32×32 to 6×28×28
//
//   npm run tutorial -- series-2/04-convolution
//
// A colour image of 32 by 32 pixels goes through six filters of 5 by 5. What comes out, and what is each number of it?

import assert from "node:assert/strict";
import { Model, openBackend } from "@tributary/engine";
import { AvgPool2d, Conv2d, initialise, MaxPool2d, type Module, parameterCount, trace } from "@tributary/nn";
import { stream } from "@tributary/protocol";

// A window of 5 pixels can stand at 28 places along a side of 32: from the first pixel, 0, to 32 − 5 = 27, where it touches the end. Six
// filters make six channels. So 3 × 32 × 32 becomes 6 × 28 × 28.

const layer = new Conv2d(3, 6, 5);
const graph = trace(layer, [3, 32, 32]);
console.log(`[${graph.inputs[0]?.shape}] becomes [${graph.nodes[0]?.shape}], ${parameterCount(graph)} parameters`);
// → [-1,3,32,32] becomes [-1,6,28,28], 456 parameters

assert.equal(parameterCount(graph), 6 * (3 * 5 * 5 + 1));

// Now run it, on an image of random pixels.

const random = stream(7, "pixels");
const image = Float32Array.from({ length: 3 * 32 * 32 }, () => random.uniform());
const backend = await openBackend();
const parameters = initialise(graph, 1);
using model = await Model.open(backend, graph, parameters);
const [output] = model.forward({ shape: [1, 3, 32, 32], values: image });
assert.ok(output);
console.log(`output [${output.shape}], ${output.values.length} numbers`);
// → output [1,6,28,28], 4704 numbers

// And now by hand: one number of the output is the sum, over channels, rows and columns of the window, of pixel times weight, and the
// bias of its filter. Nothing else is in it.

const weight = parameters.find(({ name }) => name === "weight")?.values ?? new Float32Array();
const bias = parameters.find(({ name }) => name === "bias")?.values ?? new Float32Array();

function byHand(filter: number, y: number, x: number): number {
  let sum = bias[filter] ?? 0;
  for (let channel = 0; channel < 3; channel++)
    for (let row = 0; row < 5; row++)
      for (let column = 0; column < 5; column++) {
        const pixel = image[(channel * 32 + y + row) * 32 + x + column] ?? 0;
        sum += pixel * (weight[((filter * 3 + channel) * 5 + row) * 5 + column] ?? 0);
      }
  return sum;
}

for (const [filter, y, x] of [
  [0, 0, 0],
  [3, 10, 20],
  [5, 27, 27],
] as const) {
  const computed = output.values[(filter * 28 + y) * 28 + x] ?? Number.NaN;
  console.log(`filter ${filter} at (${y}, ${x}): ${computed.toFixed(3)}, by hand ${byHand(filter, y, x).toFixed(3)}`);
  assert.ok(Math.abs(computed - byHand(filter, y, x)) < 1e-5);
}
// → filter 0 at (0, 0): 0.301, by hand 0.301
// → filter 3 at (10, 20): -0.561, by hand -0.561
// → filter 5 at (27, 27): -0.183, by hand -0.183

// Stride, padding, dilation
//
// The window may move by more than a pixel at a time: that is its stride, and 2 makes the output half as large. Zeros may be put
// around the image, so that the window can stand at its edges: that is padding, and "same" puts as many as keep the size. And
// the window may have gaps: that is dilation. Along each side:
//
//   out = floor((in + 2 × padding − dilation × (kernel − 1) − 1) / stride) + 1

const side = (module: Module) => trace(module, [3, 32, 32]).nodes[0]?.shape[2];
const formula = (kernel: number, { stride = 1, padding = 0, dilation = 1 }) =>
  Math.floor((32 + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

for (const options of [{}, { stride: 2 }, { padding: 2 }, { stride: 2, padding: 2 }, { dilation: 2 }]) {
  const made = side(new Conv2d(3, 6, 5, options));
  console.log(`${JSON.stringify(options)}: 32 becomes ${made}`);
  assert.equal(made, formula(5, options));
}
// → {}: 32 becomes 28
// → {"stride":2}: 32 becomes 14
// → {"padding":2}: 32 becomes 32
// → {"stride":2,"padding":2}: 32 becomes 16
// → {"dilation":2}: 32 becomes 24

assert.equal(side(new Conv2d(3, 6, 5, { padding: "same" })), 32);

// Pooling slides a window, too, but has no weights: it keeps the highest value of each window, or the mean. Its windows stand side by
// side unless you say otherwise, so a window of 2 halves each side. Channels stay as they are.

const pooled = trace(new MaxPool2d(2), [6, 28, 28]);
console.log(`[${pooled.inputs[0]?.shape}] becomes [${pooled.nodes[0]?.shape}], ${parameterCount(pooled)} parameters`);
// → [-1,6,28,28] becomes [-1,6,14,14], 0 parameters

using highest = await Model.open(backend, trace(new MaxPool2d(2), [1, 2, 4]), []);
using mean = await Model.open(backend, trace(new AvgPool2d(2), [1, 2, 4]), []);
const small = { shape: [1, 1, 2, 4], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
console.log(`highest ${highest.forward(small)[0]?.values}, mean ${mean.forward(small)[0]?.values}`);
// → highest 6,8, mean 3.5,5.5

// Next: series-2/05-activation.ts says what stands between two such layers, and why.
