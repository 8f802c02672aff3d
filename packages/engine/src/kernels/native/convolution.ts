import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Pair } from "../edge.js";
import type { ImagePadding, Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";

const noPadding: ImagePadding = [0, 0, 0, 0];

/** Convolutions with any padding: libtensorflow takes it as it is, TensorFlow.js knows only SAME and VALID for gradients. */
export function nativeConvolutions(
  tf: TensorFlow,
  backend: NodeJSKernelBackend,
): Pick<Kernels, "conv2d" | "convTranspose2d" | "depthwiseConv2d"> {
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_ATTR_INT, TF_FLOAT } = backend.binding;

  const attributes = (stride: Pair, padding: ImagePadding) => {
    const isValid = padding.every((size) => size === 0);
    return [
      { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
      { name: "strides", type: TF_ATTR_INT, value: [1, ...stride, 1] },
      { name: "padding", type: TF_ATTR_STRING, value: isValid ? "VALID" : "EXPLICIT" },
      ...(isValid ? [] : [{ name: "explicit_paddings", type: TF_ATTR_INT, value: [0, 0, ...padding, 0, 0] }]),
      { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
      { name: "use_cudnn_on_gpu", type: TF_ATTR_BOOL, value: true },
      { name: "dilations", type: TF_ATTR_INT, value: [1, 1, 1, 1] },
    ];
  };
  const execute = (op: string, stride: Pair, padding: ImagePadding, inputs: Tensor[]) =>
    rank4(backend.executeSingleOutput(op, attributes(stride, padding), inputs), op);

  const forward = (x: Tensor4D, filter: Tensor4D, stride: Pair, padding: ImagePadding) =>
    execute("Conv2D", stride, padding, [x, filter]);
  const gradientOfInput = (
    sizes: readonly number[],
    filter: Tensor4D,
    dy: Tensor4D,
    stride: Pair,
    padding: ImagePadding,
  ) => execute("Conv2DBackpropInput", stride, padding, [tf.tensor1d([...sizes], "int32"), filter, dy]);
  const gradientOfFilter = (x: Tensor4D, sizes: readonly number[], dy: Tensor4D, stride: Pair, padding: ImagePadding) =>
    execute("Conv2DBackpropFilter", stride, padding, [x, tf.tensor1d([...sizes], "int32"), dy]);

  return {
    conv2d: (x, filter, stride, padding, wantsInputGradient) =>
      differentiable(tf, {
        inputs: wantsInputGradient ? [x, filter] : [filter],
        forward: () => forward(x, filter, stride, padding),
        save: () => [x, filter],
        gradients: (dy, saved) => {
          const x = rank4(saved[0], "conv2d");
          const filter = rank4(saved[1], "conv2d");
          const filterGradient = gradientOfFilter(x, filter.shape, dy, stride, padding);
          return wantsInputGradient
            ? [gradientOfInput(x.shape, filter, dy, stride, padding), filterGradient]
            : [filterGradient];
        },
      }),

    depthwiseConv2d: (x, filter, stride) => tf.depthwiseConv2d(x, filter, [...stride], "valid"),

    convTranspose2d: (x, filter, stride, size) =>
      differentiable(tf, {
        inputs: [x, filter],
        forward: () => gradientOfInput([x.shape[0], ...size, filter.shape[2]], filter, x, stride, noPadding),
        save: () => [x, filter],
        gradients: (dy, saved) => {
          const x = rank4(saved[0], "conv_transpose2d");
          const filter = rank4(saved[1], "conv_transpose2d");
          return [forward(dy, filter, stride, noPadding), gradientOfFilter(dy, filter.shape, x, stride, noPadding)];
        },
      }),
  };
}
