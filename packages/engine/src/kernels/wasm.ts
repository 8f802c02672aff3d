import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../backend/backend.js";
import type { Kernels } from "./kernels.js";
import { batchNorm } from "./wasm/batch-norm.js";
import { biasAdd } from "./wasm/bias.js";
import { convolution, depthwiseConvolution, transposedConvolution } from "./wasm/convolution.js";
import { convolution3d } from "./wasm/convolution-3d.js";
import { maxPool } from "./wasm/max-pool.js";
import { matrixProduct, rows } from "./wasm/product.js";

/** What the wasm backend lacks for training, does slowly or gets wrong, made of what it does well: forward convolutions. */
export function wasmKernels(tf: TensorFlow, backend: BackendWasm): Kernels {
  const conv2d = convolution(tf, backend);
  const matMul = matrixProduct(tf);
  return {
    conv2d,
    conv3d: convolution3d(tf, conv2d),
    depthwiseConv2d: depthwiseConvolution(tf, conv2d),
    convTranspose2d: transposedConvolution(tf, backend),
    matMul,
    maxPool: maxPool(tf, backend),
    batchNorm: batchNorm(tf, backend),
    rows: rows(tf, matMul),
    biasAdd: biasAdd(tf, backend),
    relu: (x) => tf.relu(x),
  };
}
