import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Pair } from "../edge.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";
import { heapOf } from "./heap.js";

/**
 * tf.maxPool with a gradient of our own: that of the wasm backend looks for the maximum from the smallest positive float on,
 * so a window without a positive value loses its gradient.
 */
export function maxPool(tf: TensorFlow, backend: BackendWasm): Kernels["maxPool"] {
  return (x, kernel, stride) =>
    differentiable(tf, {
      inputs: [x],
      forward: () => tf.maxPool(x, [...kernel], [...stride], "valid"),
      save: () => [x],
      gradients: (dy, [saved]) => {
        const x = rank4(saved, "maxPool");
        const result: Tensor4D = tf.zeros(x.shape);
        scatterToMaxima(
          { values: heapOf(backend, x), shape: x.shape },
          { values: heapOf(backend, dy), shape: dy.shape },
          kernel,
          stride,
          heapOf(backend, result),
        );
        return [result];
      },
    });
}

interface Images {
  readonly values: Float32Array;
  readonly shape: Tensor4D["shape"];
}

/** Adds each value of `dy` where the maximum of its window is; the first of equal ones, as in PyTorch. */
function scatterToMaxima(x: Images, dy: Images, kernel: Pair, stride: Pair, result: Float32Array): void {
  const [batch, height, width, channels] = x.shape;
  const [, rows, columns] = dy.shape;
  const { values } = x;
  const places = placesInWindow(kernel, width, channels);
  for (let sample = 0, at = 0; sample < batch; sample++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const corner = ((sample * height + row * stride[0]) * width + column * stride[1]) * channels;
        for (let first = corner; first < corner + channels; first++, at++) {
          let best = first;
          let highest = Number(values[first]);
          for (let place = 1; place < places.length; place++) {
            const here = first + Number(places[place]);
            const value = Number(values[here]);
            if (value > highest) {
              best = here;
              highest = value;
            }
          }
          result[best] = Number(result[best]) + Number(dy.values[at]);
        }
      }
}

/** How far each pixel of a window is from its first one. */
const placesInWindow = ([height, width]: Pair, imageWidth: number, channels: number): Int32Array =>
  Int32Array.from(
    { length: height * width },
    (_, index) => (Math.floor(index / width) * imageWidth + (index % width)) * channels,
  );
