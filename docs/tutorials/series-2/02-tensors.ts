// Series 2, part 2: tensors and their dimensions
//
//   npm run tutorial -- series-2/02-tensors
//
// A tensor is an array of numbers with a shape. The shape says how many numbers there are along each dimension; their product is how
// many there are in all. One number alone has the shape [], a list of three [3], a table of two rows and three columns [2, 3].

import assert from "node:assert/strict";
import { openBackend } from "@tributary/engine";
import { Conv2d, Conv3d, trace } from "@tributary/nn";

const { tf } = await openBackend();

const table = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
console.log(`shape [${table.shape}], rank ${table.rank}, ${table.size} numbers: ${JSON.stringify(table.arraySync())}`);
// → shape [2,3], rank 2, 6 numbers: [[1,2,3],[4,5,6]]

// The four dimensions of images
//
// A batch of images has four dimensions, always in this order:
//
//   batch      how many images there are
//   channels   1 for grey, 3 for red, green and blue; inside a network as many as you like
//   height     rows of pixels
//   width      pixels in a row
//
// Two colour images of 4 rows by 5 pixels are [2, 3, 4, 5]: 120 numbers.

const shape = [2, 3, 4, 5] as const;
const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, index) => index);

// In memory there is only a long list. The last dimension runs fastest: the pixels of a row lie side by side, then comes the next
// row, then the next channel, then the next image. So the place of a pixel can be computed.

function placeOf(image: number, channel: number, y: number, x: number): number {
  const [, channels, height, width] = shape;
  return ((image * channels + channel) * height + y) * width + x;
}

const images = tf.tensor(values, [...shape]);
const pixel = tf.slice(images, [1, 2, 3, 4], [1, 1, 1, 1]).dataSync()[0];
console.log(`the last pixel of the last row of the blue channel of the second image is at ${placeOf(1, 2, 3, 4)}`);
// → the last pixel of the last row of the blue channel of the second image is at 119

assert.equal(pixel, values[placeOf(1, 2, 3, 4)]);

// A tensor can be seen in another shape of as many numbers; the numbers stay where they are. Flattening each image gives [2, 60].
// It is not the same as another order of the dimensions, which moves the numbers about.

const flat = tf.reshape(images, [2, 60]);
assert.deepEqual(flat.dataSync(), images.dataSync());

const channelsLast = tf.transpose(images, [0, 2, 3, 1]);
console.log(`[${images.shape}] in another order is [${channelsLast.shape}]`);
console.log(`the list begins ${images.dataSync().subarray(0, 4)}, then ${channelsLast.dataSync().subarray(0, 4)}`);
// → [2,3,4,5] in another order is [2,4,5,3]
// → the list begins 0,1,2,3, then 0,20,40,1

// (Channels last is the order in which the backends compute. Tributary's own order is channels first, as in PyTorch, and it turns
// values where it must.)

// The batch is left out when you describe a network: it works for any number of images. Where a shape is shown, -1 stands for it.

const flatNetwork = trace(new Conv2d(3, 8, 3), [3, 4, 5]);
console.log(`${JSON.stringify(flatNetwork.inputs[0]?.shape)} becomes ${JSON.stringify(flatNetwork.nodes[0]?.shape)}`);
// → [-1,3,4,5] becomes [-1,8,2,3]

// The fifth dimension
//
// A film, or a scan of a body in slices, has one dimension more: depth, which is the frame or the slice. It stands between the
// channels and the height: batch, channels, depth, height, width. A Conv2d looks at small windows of height and width; a Conv3d
// at small boxes of depth, height and width.

const solidNetwork = trace(new Conv3d(3, 8, 3), [3, 10, 4, 5]);
console.log(`${JSON.stringify(solidNetwork.inputs[0]?.shape)} becomes ${JSON.stringify(solidNetwork.nodes[0]?.shape)}`);
// → [-1,3,10,4,5] becomes [-1,8,8,2,3]

// Whoever mixes them up hears about it at once, with the dimension's names.

assert.throws(() => trace(new Conv3d(3, 8, 3), [3, 4, 5]), {
  message: "conv3d (Conv3d): expected [batch, 3, depth, height, width], got [batch, 3, 4, 5]",
});

// Next: series-2/03-filters-and-parameters.ts says what such a layer holds.
