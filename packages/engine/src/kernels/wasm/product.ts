import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Kernels } from "../kernels.js";
import { rank2 } from "../rank.js";

/** A matrix product whose every part is a convolution, which XNNPACK does faster than the wasm backend multiplies matrices. */
export function matrixProduct(tf: TensorFlow): Kernels["matMul"] {
  return (x, weight, wantsInputGradient) =>
    differentiable(tf, {
      inputs: wantsInputGradient ? [x, weight] : [weight],
      forward: () => product(tf, x, weight),
      save: () => [x, weight],
      gradients: (dy, saved) => {
        const x = rank2(saved[0], "matMul");
        const weight = rank2(saved[1], "matMul");
        const weightGradient = product(tf, tf.transpose(x), dy);
        return wantsInputGradient ? [product(tf, dy, tf.transpose(weight)), weightGradient] : [weightGradient];
      },
    });
}

/** A matrix product as a convolution of one row of pixels with kernels of 1 by 1. */
function product(tf: TensorFlow, a: Tensor2D, b: Tensor2D): Tensor2D {
  const pixels: Tensor4D = tf.reshape(a, [1, 1, ...a.shape]);
  const filter: Tensor4D = tf.reshape(b, [1, 1, ...b.shape]);
  return tf.reshape(tf.conv2d(pixels, filter, 1, "valid"), [a.shape[0], b.shape[1]]);
}

/** Rows of a weight as a product with a one-hot matrix: the wasm backend cannot differentiate a gather. */
export function rows(tf: TensorFlow, matMul: Kernels["matMul"]): Kernels["rows"] {
  return (weight, indices) =>
    matMul(rank2(tf.cast(tf.oneHot(indices, weight.shape[0]), "float32"), "embedding"), weight, false);
}
