import type { KernelBackend, Tensor } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "./differentiable.js";
import type { Kernels } from "./kernels.js";
import { rank2 } from "./rank.js";

export const isNativeBackend = (backend: KernelBackend): backend is NodeJSKernelBackend =>
  "executeSingleOutput" in backend && "binding" in backend;

/**
 * Ops of libtensorflow that TensorFlow.js composes of several others: ReluGrad, BiasAdd, BiasAddGrad, and MatMul in place of
 * BatchMatMulV2. Each saves a pass over the activations. Every op still goes through `executeSingleOutput`, so whoever
 * records what the backend executes sees them all.
 */
export function nativeKernels(tf: TensorFlow, backend: NodeJSKernelBackend): Kernels {
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  const float = { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT };
  const channelsLast = { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" };
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const execute = backend.executeSingleOutput.bind(backend);

  const matMul = (a: Tensor | undefined, b: Tensor | undefined, transposeA: boolean, transposeB: boolean) => {
    const attributes = [float, flag("transpose_a", transposeA), flag("transpose_b", transposeB)];
    return rank2(execute("MatMul", attributes, [rank2(a, "matMul"), rank2(b, "matMul")]), "matMul");
  };

  return {
    conv2d: (x, filter, stride, edge) => tf.conv2d(x, filter, [...stride], edge),

    matMul: (x, weight, wantsInputGradient) =>
      differentiable(tf, {
        inputs: wantsInputGradient ? [x, weight] : [weight],
        forward: () => matMul(x, weight, false, false),
        save: () => [x, weight],
        gradients: (dy, [x, weight]) => {
          const weightGradient = matMul(x, dy, true, false);
          return wantsInputGradient ? [matMul(dy, weight, false, true), weightGradient] : [weightGradient];
        },
      }),

    maxPool: (x, kernel, stride) => tf.maxPool(x, [...kernel], [...stride], "valid"),

    biasAdd: (x, bias) =>
      differentiable(tf, {
        inputs: [x, bias],
        forward: () => execute("BiasAdd", [float, channelsLast], [x, bias]),
        save: () => [],
        gradients: (dy) => [dy, execute("BiasAddGrad", [float, channelsLast], [dy])],
      }),

    relu: (x) =>
      differentiable(tf, {
        inputs: [x],
        forward: () => tf.relu(x),
        save: (y) => [y],
        gradients: (dy, saved) => [execute("ReluGrad", [float], [dy, ...saved])],
      }),
  };
}
