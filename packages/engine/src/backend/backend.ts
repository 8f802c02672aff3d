import type * as core from "@tensorflow/tfjs-core";
import type { Kernels } from "../kernels/kernels.js";

/** A tensor of TensorFlow.js. */
export type Tensor = core.Tensor;

/** TensorFlow.js as a value: the functions of `@tensorflow/tfjs-core`, with their gradients registered. */
export type TensorFlow = typeof core;

export const backendNames = ["native", "wasm"] as const;

/** `native` is libtensorflow through tfjs-node, `wasm` is XNNPACK compiled to WebAssembly. */
export type BackendName = (typeof backendNames)[number];

/** Where tensors are computed. Made by `openBackend`. */
export interface Backend {
  readonly name: BackendName;
  readonly tf: TensorFlow;
  /** Threads that one op may use. The same seed and the same count give the same bytes. */
  readonly threads: number;
  /** Version of what computes: "tfjs-node 4.22.0, libtensorflow 2.16.2". */
  readonly version: string;
  /** The ops that this backend has a faster way for than TensorFlow.js' own composition. */
  readonly kernels: Kernels;
}

/** What TensorFlow.js calls each backend. */
const registeredAs: Record<BackendName, string> = { native: "tensorflow", wasm: "wasm" };

/**
 * Makes TensorFlow.js compute on `name` from here on. One thread computes on one backend at a time, because TensorFlow.js
 * keeps the choice in a global.
 */
export async function activate(tf: TensorFlow, name: BackendName): Promise<void> {
  if (tf.getBackend() === registeredAs[name]) return;
  if (!(await tf.setBackend(registeredAs[name]))) throw new Error(`TensorFlow.js has no working backend "${name}"`);
}
