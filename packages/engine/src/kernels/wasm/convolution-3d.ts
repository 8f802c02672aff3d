import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";

/**
 * A convolution of volumes as a sum of convolutions of images, one for each slice of the filter: the wasm backend's own gives wrong
 * gradients unless its stride is 1 and it stands alone.
 */
export function convolution3d(tf: TensorFlow, conv2d: Kernels["conv2d"]): Kernels["conv3d"] {
  return (x, filter, [down, across, along], wantsInputGradient) => {
    const [batch, slices, height, width, channels] = x.shape;
    const [depth, kernelHeight, kernelWidth, , out] = filter.shape;
    const images = tf.reshape(tf.transpose(x, [1, 0, 2, 3, 4]), [slices * batch, height, width, channels]);
    const made = Math.floor((slices - depth) / down) + 1;
    // The slices that part `at` of the filter meets.
    const met = (at: number): Tensor4D => {
      if (down === 1) return rank4(tf.slice(images, [at * batch, 0, 0, 0], [made * batch, -1, -1, -1]), "conv3d");
      const each: Tensor[] = Array.from({ length: made }, (_, slice) =>
        tf.slice(images, [(slice * down + at) * batch, 0, 0, 0], [batch, -1, -1, -1]),
      );
      return rank4(tf.concat(each, 0), "conv3d");
    };
    const parts = Array.from({ length: depth }, (_, at) => {
      const part = tf.slice(filter, [at, 0, 0, 0, 0], [1, -1, -1, -1, -1]);
      const flat: Tensor4D = tf.reshape(part, [kernelHeight, kernelWidth, channels, out]);
      return conv2d(met(at), flat, [across, along], [0, 0, 0, 0], wantsInputGradient);
    });
    const sum = parts.reduce((total, part) => tf.add(total, part));
    const [, rows, columns] = sum.shape;
    return tf.transpose(tf.reshape(sum, [made, batch, rows, columns, out]), [1, 0, 2, 3, 4]);
  };
}
