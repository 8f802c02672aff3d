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

/** The sum of all rows of `[rows, channels]`. Four columns at a time stay in registers, which is three times as fast as one row at a time. */
function sumOfRows(values: Float32Array, channels: number): Float32Array {
  const sums = new Float32Array(channels);
  const inFours = channels - (channels % 4);
  for (let channel = 0; channel < inFours; channel += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let at = channel; at < values.length; at += channels) {
      a += Number(values[at]);
      b += Number(values[at + 1]);
      c += Number(values[at + 2]);
      d += Number(values[at + 3]);
    }
    sums.set([a, b, c, d], channel);
  }
  for (let channel = inFours; channel < channels; channel++) {
    let sum = 0;
    for (let at = channel; at < values.length; at += channels) sum += Number(values[at]);
    sums[channel] = sum;
  }
  return sums;
}
