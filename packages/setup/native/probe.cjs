// node probe.cjs FOLDER: loads the tfjs-node in FOLDER, runs a convolution and prints the version of libtensorflow.
// A process of its own, because a broken native library takes its process down.
const util = require("node:util");

// tfjs-node 4.22 calls two functions which Node 23 removed.
Object.assign(util, { isNullOrUndefined: (/** @type {unknown} */ of) => of == null, isArray: Array.isArray });

const tf = require(String(process.argv[2]));
const sums = tf.conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), 1, "valid").dataSync();
if (sums.some((/** @type {number} */ sum) => sum !== 4)) throw new Error(`a convolution gave ${sums}`);
console.log(`libtensorflow ${tf.backend().binding.TF_Version}`);
