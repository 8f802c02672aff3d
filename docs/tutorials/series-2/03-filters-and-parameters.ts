// Series 2, part 3: channels, filters, and how many parameters a layer has
//
//   npm run tutorial -- series-2/03-filters-and-parameters
//
// A convolution slides a small window over an image. At each place it multiplies the pixels under the window by weights, adds them up,
// adds a bias, and writes the sum down: one number of a new image. The window with its weights is called a filter, or a kernel.
// One filter may find upright edges, another one spots; which, it learns.

import assert from "node:assert/strict";
import { Conv2d, Conv3d, Linear, type Module, parameterCount, summary, trace } from "@tributary/nn";

const count = (module: Module, input: number[]) => parameterCount(trace(module, input));

// One filter
//
// A filter looks at all channels of its input at once: over a colour image, a window of 3 by 3 pixels covers 3 × 3 × 3 = 27
// numbers. It has a weight for each, and one bias: 28 parameters. The size of the image does not matter, since the same
// weights are used at each place.

const one = count(new Conv2d(3, 1, 3), [3, 32, 32]);
console.log(`a filter of 3×3×3: ${one} parameters`);
// → a filter of 3×3×3: 28 parameters

assert.equal(one, 3 * 3 * 3 + 1);
assert.equal(count(new Conv2d(3, 1, 3), [3, 500, 700]), 28);

// Many filters
//
// Each filter makes one channel of the output. So `new Conv2d(3, 32, 3)` reads: 3 channels in, 32 filters and so 32 channels out,
// windows of 3 by 3. In general:
//
//   parameters = filters × (channels in × window height × window width + 1)
//
// The weights are one tensor, [filters, channels in, height, width], and the biases another one, [filters].

const graph = trace(new Conv2d(3, 32, 3), [3, 32, 32]);
console.log(graph.parameters.map(({ name, shape }) => `${name} [${shape}]`).join(", "), parameterCount(graph));
// → weight [32,3,3,3], bias [32] 896

assert.equal(parameterCount(graph), 32 * (3 * 3 * 3 + 1));

// A window need not be square: `[height, width]`.

assert.equal(count(new Conv2d(3, 32, [4, 3]), [3, 32, 32]), 32 * (3 * 4 * 3 + 1));

// Three dimensions
//
// A Conv3d's window is a box, so it takes three numbers: depth, height, width. `Conv3d(3, 32, [4, 3, 2])` has 32 filters, each
// with a weight for 3 channels of 4 × 3 × 2 and a bias: 32 × (72 + 1).

const solid = count(new Conv3d(3, 32, [4, 3, 2]), [3, 8, 32, 32]);
console.log(`Conv3d(3, 32, [4, 3, 2]): ${solid.toLocaleString("en-US")} parameters`);
// → Conv3d(3, 32, [4, 3, 2]): 2,336 parameters

assert.equal(solid, 2_336);

// Give the same window to a Conv2d, and it says what it wanted.

try {
  new Conv2d(3, 32, [4, 3, 2]);
} catch (error) {
  console.log(String(error));
}
// → TributaryError: Conv2d: kernelSize: expected a number or [height, width], got [4,3,2]

assert.throws(() => new Conv2d(3, 32, [4, 3, 2]), {
  code: "shape_mismatch",
  message: "Conv2d: kernelSize: expected a number or [height, width], got [4,3,2]",
});

// Why not look at the whole image at once?
//
// A linear layer does: it has a weight for every number of its input and every number of its output. To make 32 images of 30 by 30
// out of a colour image of 32 by 32, as the convolution above does with 896 parameters, it would need 88 million.

const linear = count(new Linear(3 * 32 * 32, 32 * 30 * 30), [3 * 32 * 32]);
console.log(`a linear layer: ${linear.toLocaleString("en-US")} parameters`);
// → a linear layer: 88,502,400 parameters

assert.equal(linear, 3_072 * 28_800 + 28_800);

// A convolution saves them by two assumptions that hold for images: what belongs together is close together, and what is worth finding
// at one place is worth finding at another.
//
// `summary` shows the parameters of a whole network, layer by layer.

console.log(summary(graph));
// → Conv2d
// → layer   op      output               parameters
// → input           [batch, 3, 32, 32]
// → conv2d  conv2d  [batch, 32, 30, 30]         896
// → 896 parameters

// Next: series-2/04-convolution.ts says why 32 became 30.
