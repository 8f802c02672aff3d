import type { KernelBackend, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "./differentiable.js";
import type { Kernels } from "./kernels.js";
import { nativeConvolutions } from "./native/convolution.js";
import { rank1, rank2, rank4 } from "./rank.js";

export const isNativeBackend = (backend: KernelBackend): backend is NodeJSKernelBackend =>
  "executeSingleOutput" in backend && "binding" in backend;

/**
 * Ops of libtensorflow that TensorFlow.js composes of several others: ReluGrad, BiasAdd, BiasAddGrad, FusedBatchNormV3, MatMul in
 * place of BatchMatMulV2, convolutions with padding of their own. Each saves a pass over the activations. Every op still goes
 * through `executeSingleOutput` or `executeMultipleOutputs`, so whoever records what the backend executes sees them all.
 */
export function nativeKernels(tf: TensorFlow, backend: NodeJSKernelBackend): Kernels {
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_INT, TF_FLOAT, TF_INT32 } =
    backend.binding;
  const float = { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT };
  const channelsLast = { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" };
  const flag = (name: string, value: boolean) => ({ name, type: TF_ATTR_BOOL, value });
  const number = (name: string, value: number) => ({ name, type: TF_ATTR_FLOAT, value });

  const matMul = (a: Tensor | undefined, b: Tensor | undefined, transposeA: boolean, transposeB: boolean) => {
    const attributes = [float, flag("transpose_a", transposeA), flag("transpose_b", transposeB)];
    return rank2(backend.executeSingleOutput("MatMul", attributes, [rank2(a, "matMul"), rank2(b, "matMul")]), "matMul");
  };
  // Not tf.gather, which looks at every index before: such a step can't be recorded.
  const gather = (weight: Tensor2D, indices: Tensor1D) => {
    const attributes = [
      { name: "batch_dims", type: TF_ATTR_INT, value: 0 },
      { name: "Tparams", type: TF_ATTR_TYPE, value: TF_FLOAT },
      { name: "Tindices", type: TF_ATTR_TYPE, value: TF_INT32 },
      { name: "Taxis", type: TF_ATTR_TYPE, value: TF_INT32 },
    ];
    const inputs = [weight, indices, tf.scalar(0, "int32")];
    return rank2(backend.executeSingleOutput("GatherV2", attributes, inputs), "embedding");
  };
  const relu = (x: Tensor) => backend.executeSingleOutput("Relu", [float], [x]);

  return {
    ...nativeConvolutions(tf, backend),

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

    batchNorm: (x, scale, shift, eps, onStatistics) => {
      const settings = [
        float,
        { name: "U", type: TF_ATTR_TYPE, value: TF_FLOAT },
        number("epsilon", eps),
        channelsLast,
      ];
      const made: Tensor[] = [];
      return differentiable<Tensor4D>(tf, {
        inputs: [x, scale, shift],
        forward: () => {
          const none = tf.zeros([0]);
          const attributes = [...settings, number("exponential_avg_factor", 1), flag("is_training", true)];
          const outputs = backend.executeMultipleOutputs(
            "FusedBatchNormV3",
            attributes,
            [x, scale, shift, none, none],
            6,
          );
          made.push(...outputs);
          onStatistics(rank1(outputs[1], "batch_norm"), rank1(outputs[2], "batch_norm"));
          return rank4(outputs[0], "batch_norm");
        },
        save: () => [x, scale, ...made.slice(3)],
        gradients: (dy, [x, scale, ...reserved]) => {
          if (x === undefined || scale === undefined) throw new TributaryError("internal", "nothing was saved");
          const attributes = [...settings, flag("is_training", true)];
          const inputs = [dy, x, scale, ...reserved];
          return backend.executeMultipleOutputs("FusedBatchNormGradV3", attributes, inputs, 5).slice(0, 3);
        },
      });
    },

    rows: (weight, indices) =>
      differentiable(tf, {
        inputs: [weight],
        forward: () => gather(weight, indices),
        save: () => [indices],
        gradients: (dy, [saved]) => [tf.unsortedSegmentSum(dy, rank1(saved, "embedding"), weight.shape[0])],
      }),

    biasAdd: (x, bias) =>
      differentiable(tf, {
        inputs: [x, bias],
        forward: () => backend.executeSingleOutput("BiasAdd", [float, channelsLast], [x, bias]),
        save: () => [],
        gradients: (dy) => [dy, backend.executeSingleOutput("BiasAddGrad", [float, channelsLast], [dy])],
      }),

    relu: (x) =>
      differentiable(tf, {
        inputs: [x],
        forward: () => relu(x),
        save: (y) => [y],
        gradients: (dy, saved) => [backend.executeSingleOutput("ReluGrad", [float], [dy, ...saved])],
      }),
  };
}
