import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Kernels } from "../kernels.js";
import { columnSums } from "./columns.js";
import { heapOf } from "./heap.js";

/** tf.add, with the bias' gradient summed in place. */
export function biasAdd(tf: TensorFlow, backend: BackendWasm): Kernels["biasAdd"] {
  return (x, bias) =>
    differentiable(tf, {
      inputs: [x, bias],
      forward: () => tf.add(x, bias),
      save: () => [],
      gradients: (dy) => {
        const sums = Float32Array.from(columnSums(heapOf(backend, dy), bias.size));
        return [dy, tf.tensor(sums, bias.shape)];
      },
    });
}
