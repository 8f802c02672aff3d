import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import type { Pair } from "../edge.js";
import { heapOf } from "./heap.js";

/** Puts `stride - 1` zeros between the pixels of `[batch, height, width, channels]`, along both axes. */
export function dilated(tf: TensorFlow, backend: BackendWasm, x: Tensor4D, [down, across]: Pair): Tensor4D {
  if (down === 1 && across === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const [rows, columns] = [(height - 1) * down + 1, (width - 1) * across + 1];
  const result: Tensor4D = tf.zeros([batch, rows, columns, channels]);
  const from = heapOf(backend, x);
  const to = heapOf(backend, result);
  let at = 0;
  for (let sample = 0; sample < batch; sample++)
    for (let row = 0; row < rows; row += down)
      for (let column = 0; column < columns; column += across, at += channels)
        to.set(from.subarray(at, at + channels), ((sample * rows + row) * columns + column) * channels);
  return result;
}
