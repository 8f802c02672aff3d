import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { valuesOf } from "../../graph/border.js";
import { differentiable } from "../differentiable.js";
import type { Pair } from "../edge.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";

/**
 * tf.maxPool with a gradient of our own: that of the wasm backend looks for the maximum from the smallest positive float on,
 * so a window without a positive value loses its gradient.
 */
export function maxPool(tf: TensorFlow): Kernels["maxPool"] {
  return (x, kernel, stride) =>
    differentiable(tf, {
      inputs: [x],
      forward: () => tf.maxPool(x, [...kernel], [...stride], "valid"),
      save: () => [x],
      gradients: (dy, [saved]) => {
        const x = rank4(saved, "maxPool");
        return [tf.tensor(scatterToMaxima(x, dy, kernel, stride), x.shape)];
      },
    });
}

/** Adds each value of `dy` where the maximum of its window is; the first of equal ones, as in PyTorch. */
function scatterToMaxima(x: Tensor4D, dy: Tensor4D, [kernelHeight, kernelWidth]: Pair, stride: Pair): Float32Array {
  const [batch, height, width, channels] = x.shape;
  const [, rows, columns] = dy.shape;
  const values = valuesOf(x);
  const gradients = valuesOf(dy);
  const result = new Float32Array(values.length);
  for (let sample = 0, at = 0; sample < batch; sample++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const corner = ((sample * height + row * stride[0]) * width + column * stride[1]) * channels;
        for (let channel = 0; channel < channels; channel++, at++) {
          let best = corner + channel;
          for (let y = 0; y < kernelHeight; y++)
            for (let x = 0; x < kernelWidth; x++) {
              const here = corner + (y * width + x) * channels + channel;
              if (Number(values[here]) > Number(values[best])) best = here;
            }
          result[best] = Number(result[best]) + Number(gradients[at]);
        }
      }
  return result;
}
