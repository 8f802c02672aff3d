// Series 2, part 1: get and prepare data
//
//   npm run tutorial -- series-2/01-data
//
// A network learns from examples, so the first thing to have is examples, and the first thing to do is to look at them.

import assert from "node:assert/strict";
import { channelStatistics, type Dataset, datasetNames, labelCounts, loader, mnist, subset } from "@tributary/data";

// Get it
//
// MNIST comes with Tributary: 60,000 images of handwritten digits to train with, and 10,000 to test with, by other writers. A data
// set is its images, one byte a pixel, one image after the other; its labels, which say what each image shows; and the shape of an
// image: channels, height, width. These are grey, so there is one channel. A colour image has three: red, green and blue.

const digits = await mnist("train");
console.log(`${digits.count} images of [${digits.shape}], ${digits.classes} classes, ${digits.values.length} bytes`);
// → 60000 images of [1,28,28], 10 classes, 47040000 bytes

assert.equal(digits.values.length, 60_000 * 1 * 28 * 28);

// Look at it
//
// Half of all mistakes in machine learning are found by looking at the data. Here is the first image, with a darker sign for a higher
// value, every second row left out because letters are higher than they are wide.

const [, height, width] = digits.shape;
const shades = " .:*#";
for (let y = 6; y < height - 2; y += 2) {
  const row = digits.values.subarray(y * width, (y + 1) * width);
  console.log(
    Array.from(row, (value) => shades[Math.floor((value / 256) * shades.length)])
      .join("")
      .trimEnd(),
  );
}
console.log(`this is a ${digits.labels[0]}`);
// →          .**######*##*.
// →        ######**##
// →           *#.
// →            *#.
// →             .###:
// →                .##*
// →               :*###
// →           :#####*.
// →       *#####*.
// →    :####::
// → this is a 5

// Are the classes balanced? If nine of ten images were of one class, a network that always says that class would be right nine times
// in ten and have learned nothing.

console.log(`of each digit: ${labelCounts(digits).join(" ")}`);
// → of each digit: 5923 6742 5958 6131 5842 5421 5918 6265 5851 5949

// Split it
//
// What a network was trained on says nothing about how good it is: it may have learned it by heart. So the data are split in three.
// The training set is learned from. The validation set is looked at while you work: to see when to stop, or which of two
// networks is better. The test set is looked at once, at the end. `subset` takes the samples at some places.

const places = (start: number, count: number) => Int32Array.from({ length: count }, (_, index) => start + index);
const training = subset(digits, places(0, 50_000));
const validation = subset(digits, places(50_000, 10_000));
const test = await mnist("test");
console.log(`training ${training.count}, validation ${validation.count}, test ${test.count}`);
// → training 50000, validation 10000, test 10000

// Prepare it
//
// Bytes from 0 to 255 are no good numbers to begin with: the first sums would be far from 0, where networks learn slowly. So the
// mean of all pixels is taken off and the rest divided by the standard deviation, which says how far values are from the mean.
// Both are measured on the training set, by channel, as shares of 255.

const { mean, deviation } = channelStatistics(training);
console.log(`mean ${mean[0]?.toFixed(4)}, deviation ${deviation[0]?.toFixed(4)}`);
console.log(`the set says: mean ${digits.normalisation.mean}, deviation ${digits.normalisation.deviation}`);
// → mean 0.1310, deviation 0.3085
// → the set says: mean 0.1307, deviation 0.3081
//
// (The set says what was measured on all 60,000. The difference does not matter; that nothing of the test set is in it does.)

// The loader does the rest: it walks through a set in batches and makes numbers of the bytes. Their mean is now about 0 and
// their deviation about 1.

const [batch] = loader(training, { batchSize: 1000 });
assert.ok(batch);
const average = batch.images.reduce((sum, value) => sum + value, 0) / batch.images.length;
assert.ok(Math.abs(average) < 0.05);
const spread = Math.sqrt(batch.images.reduce((sum, value) => sum + (value - average) ** 2, 0) / batch.images.length);
console.log(`a batch of [${batch.shape}]: mean ${Math.abs(average).toFixed(1)}, deviation ${spread.toFixed(1)}`);
// → a batch of [1000,1,28,28]: mean 0.0, deviation 1.0

// Shuffle it
//
// If all zeros came first and all nines last, the network would forget the zeros on the way. MNIST is in no order, but other
// sets are. A loader shuffles when it is given a seed: the same seed, the same order, so that a run can be repeated. Each pass
// through the data has an order of its own.

const shuffled = (seed: number) => [
  ...(loader(training, { batchSize: 8, maxBatches: 1, shuffle: { seed, streamName: [] } }).next().value?.labels ?? []),
];
console.log(`in order: ${training.labels.subarray(0, 8)}; shuffled: ${shuffled(1)}`);
// → in order: 5,0,4,1,9,2,1,3; shuffled: 4,9,3,3,2,9,3,2

assert.deepEqual(shuffled(1), shuffled(1));
assert.notDeepEqual(shuffled(1), shuffled(2));

// Change it on the way
//
// A digit that is moved by two pixels is the same digit, and to the network a new image. Transforms make such images while the loader walks,
// others in each pass: put a frame of two pixels around, and cut 28 by 28 out of it at a random place. Use them to train, not to
// validate. (Flipping left and right is another one; it is good for cats and bad for digits.)

const moving = loader(training, {
  batchSize: 8,
  maxBatches: 1,
  transforms: [
    { kind: "pad", pixels: 2 },
    { kind: "random-crop", height: 28, width: 28 },
  ],
  random: { seed: 1, streamName: ["move"] },
});
const [moved] = moving;
const [still] = loader(training, { batchSize: 8, maxBatches: 1 });
console.log(`moved: [${moved?.shape}], labels ${moved?.labels}`);
// → moved: [8,1,28,28], labels 5,0,4,1,9,2,1,3

assert.deepEqual(moved?.labels, still?.labels);
assert.notDeepEqual(moved?.images, still?.images);

// Other data
//
// `openDataset` opens a data set by its name; what does not come with Tributary is downloaded the first time, and checked. Fashion-MNIST
// has clothes in place of digits, in the same shape; CIFAR-10 has colour photographs. `imageFolder`, `csvDataset` and `npyDataset`
// read pictures, tables and arrays of your own.

console.log(datasetNames.join(", "));
// → mnist, fashion-mnist, cifar-10

// Your own data
//
// Or make one in memory: a data set is a plain object. Here is one of six images, 4 by 4, of two classes: stripes that lie and stripes that stand.

const lying = [255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0];
const standing = [255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 255, 0];
const pictures = Uint8Array.from([lying, standing, lying, standing, lying, standing].flat());
const stripes: Dataset = {
  name: "stripes",
  count: 6,
  shape: [1, 4, 4],
  classes: 2,
  values: pictures,
  labels: Uint8Array.of(0, 1, 0, 1, 0, 1),
  normalisation: channelStatistics({ values: pictures, shape: [1, 4, 4] }),
};
const [own] = loader(stripes, { batchSize: 6 });
console.log(`own batch: [${own?.shape}], first row ${own?.images.subarray(0, 4)}, labels ${own?.labels}`);
// → own batch: [6,1,4,4], first row 1,1,1,1, labels 0,1,0,1,0,1

// A set that does not fit together is refused, with what is wrong.

assert.throws(() => loader({ ...stripes, count: 7 }, { batchSize: 6 }), { code: "invalid_request" });

// Next: series-2/02-tensors.ts looks at the numbers [1000, 1, 28, 28] of the batch.
