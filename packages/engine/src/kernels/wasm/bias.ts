import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Kernels } from "../kernels.js";
import { heapOf } from "./heap.js";

/** tf.add, with the bias' gradient summed in place: the wasm backend transposes everything before it sums along rows. */
export function biasAdd(tf: TensorFlow, backend: BackendWasm): Kernels["biasAdd"] {
  return (x, bias) =>
    differentiable(tf, {
      inputs: [x, bias],
      forward: () => tf.add(x, bias),
      save: () => [],
      gradients: (dy) => [dy, tf.tensor(sumOfRows(heapOf(backend, dy), bias.size), bias.shape)],
    });
}

/** The sum of all rows of `[rows, channels]`. */
function sumOfRows(values: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  for (let row = 0; row < values.length; row += channels)
    for (let channel = 0; channel < channels; channel++)
      sums[channel] = Number(sums[channel]) + Number(values[row + channel]);
  return Float32Array.from(sums);
}
