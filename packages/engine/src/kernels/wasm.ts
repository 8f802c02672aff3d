import type { TensorFlow } from "../backend/backend.js";
import type { Kernels } from "./kernels.js";
import { convolution } from "./wasm/convolution.js";
import { maxPool } from "./wasm/max-pool.js";
import { matrixProduct } from "./wasm/product.js";

/** What the wasm backend lacks for training, does slowly or gets wrong, made of what it does well: forward convolutions. */
export function wasmKernels(tf: TensorFlow): Kernels {
  return {
    conv2d: convolution(tf),
    matMul: matrixProduct(tf),
    maxPool: maxPool(tf),
    biasAdd: (x, bias) => tf.add(x, bias),
    relu: (x) => tf.relu(x),
  };
}
