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
      forward: () => product(tf, whole(x), whole(weight)),
      save: () => [x, weight],
      gradients: (dy, saved) => {
        const x = rank2(saved[0], "matMul");
        const weight = rank2(saved[1], "matMul");
        const weightGradient = product(tf, turned(x), whole(dy));
        return wantsInputGradient ? [product(tf, whole(dy), turned(weight)), weightGradient] : [weightGradient];
      },
    });
}

/** A matrix that stands for itself, or for what it is transposed. */
interface Factor {
  readonly matrix: Tensor2D;
  readonly isTurned: boolean;
}

const whole = (matrix: Tensor2D): Factor => ({ matrix, isTurned: false });
const turned = (matrix: Tensor2D): Factor => ({ matrix, isTurned: true });
const flipped = ({ matrix, isTurned }: Factor): Factor => ({ matrix, isTurned: !isTurned });

/**
 * XNNPACK packs the filter anew in every step, because it is another one, and that costs ten times as much for each value as to
 * transpose it. So the smaller factor becomes the filter: a · b, or the transpose of bᵀ · aᵀ.
 */
function product(tf: TensorFlow, a: Factor, b: Factor): Tensor2D {
  if (b.matrix.size <= a.matrix.size) return convolved(tf, a, b);
  return tf.transpose(convolved(tf, flipped(b), flipped(a)));
}

/** A matrix product as a convolution of one row of pixels with kernels of 1 by 1. */
function convolved(tf: TensorFlow, a: Factor, b: Factor): Tensor2D {
  const left = laidOut(tf, a);
  const right = laidOut(tf, b);
  const pixels: Tensor4D = tf.reshape(left, [1, 1, ...left.shape]);
  const filter: Tensor4D = tf.reshape(right, [1, 1, ...right.shape]);
  return tf.reshape(tf.conv2d(pixels, filter, 1, "valid"), [left.shape[0], right.shape[1]]);
}

const laidOut = (tf: TensorFlow, { matrix, isTurned }: Factor): Tensor2D => (isTurned ? tf.transpose(matrix) : matrix);

/** Rows of a weight as a product with a one-hot matrix: the wasm backend cannot differentiate a gather. */
export function rows(tf: TensorFlow, matMul: Kernels["matMul"]): Kernels["rows"] {
  return (weight, indices) =>
    matMul(rank2(tf.cast(tf.oneHot(indices, weight.shape[0]), "float32"), "embedding"), weight, false);
}
