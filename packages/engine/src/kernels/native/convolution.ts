import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import { type Edge, edgeOf, type Pair } from "../edge.js";
import type { ImagePadding, Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";
import { everyNthPixel } from "./every-nth-pixel.js";

const noPadding: ImagePadding = [0, 0, 0, 0];

interface Window {
  readonly stride: Pair;
  readonly padding: ImagePadding;
  /** What the padding is called, where it has a name. */
  readonly edge: Edge | undefined;
}

/** Convolutions with any padding: libtensorflow takes it as it is, TensorFlow.js knows only SAME and VALID for gradients. */
export function nativeConvolutions(
  tf: TensorFlow,
  backend: NodeJSKernelBackend,
): Pick<Kernels, "conv2d" | "conv3d" | "convTranspose2d" | "depthwiseConv2d"> {
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_ATTR_BOOL, TF_ATTR_INT, TF_FLOAT } = backend.binding;

  // libtensorflow has faster ways for VALID and SAME than for the same padding as numbers.
  const paddingAttributes = (edge: Edge | undefined, padding: ImagePadding) =>
    edge === undefined
      ? [
          { name: "padding", type: TF_ATTR_STRING, value: "EXPLICIT" },
          { name: "explicit_paddings", type: TF_ATTR_INT, value: [0, 0, ...padding, 0, 0] },
        ]
      : [{ name: "padding", type: TF_ATTR_STRING, value: edge.toUpperCase() }];
  const attributes = ({ stride, padding, edge }: Window) => [
    { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "strides", type: TF_ATTR_INT, value: [1, ...stride, 1] },
    ...paddingAttributes(edge, padding),
    { name: "data_format", type: TF_ATTR_STRING, value: "NHWC" },
    { name: "use_cudnn_on_gpu", type: TF_ATTR_BOOL, value: true },
    { name: "dilations", type: TF_ATTR_INT, value: [1, 1, 1, 1] },
  ];
  const execute = (op: string, window: Window, inputs: Tensor[]) =>
    rank4(backend.executeSingleOutput(op, attributes(window), inputs), op);

  const forward = (x: Tensor4D, filter: Tensor4D, window: Window) => execute("Conv2D", window, [x, filter]);
  const gradientOfInput = (sizes: readonly number[], filter: Tensor4D, dy: Tensor4D, window: Window) =>
    execute("Conv2DBackpropInput", window, [tf.tensor1d([...sizes], "int32"), filter, dy]);
  const gradientOfFilter = (x: Tensor4D, sizes: readonly number[], dy: Tensor4D, window: Window) =>
    execute("Conv2DBackpropFilter", window, [x, tf.tensor1d([...sizes], "int32"), dy]);

  const everyNth = everyNthPixel(tf, backend);

  const conv2d: Kernels["conv2d"] = (x, filter, stride, padding, wantsInputGradient) => {
    const isPoint = filter.shape[0] === 1 && filter.shape[1] === 1 && padding.every((size) => size === 0);
    if (isPoint && (stride[0] !== 1 || stride[1] !== 1)) {
      // oneDNN's convolution of single pixels with a stride writes past its memory when the channels are no multiple of 8.
      const pixels = everyNth(x, stride, wantsInputGradient);
      return conv2d(pixels, filter, [1, 1], padding, wantsInputGradient);
    }
    const [, height, width] = x.shape;
    const edge = edgeOf([height, width], [filter.shape[0], filter.shape[1]], stride, padding);
    const window = { stride, padding, edge };
    return differentiable(tf, {
      inputs: wantsInputGradient ? [x, filter] : [filter],
      forward: () => forward(x, filter, window),
      save: () => [x, filter],
      gradients: (dy, saved) => {
        const x = rank4(saved[0], "conv2d");
        const filter = rank4(saved[1], "conv2d");
        const filterGradient = gradientOfFilter(x, filter.shape, dy, window);
        return wantsInputGradient ? [gradientOfInput(x.shape, filter, dy, window), filterGradient] : [filterGradient];
      },
    });
  };

  return {
    conv2d,

    conv3d: (x, filter, stride) => tf.conv3d(x, filter, [...stride], "valid"),

    depthwiseConv2d: (x, filter, stride) => tf.depthwiseConv2d(x, filter, [...stride], "valid"),

    convTranspose2d: (x, filter, stride, size) => {
      const window = { stride, padding: noPadding, edge: "valid" as const };
      return differentiable(tf, {
        inputs: [x, filter],
        forward: () => gradientOfInput([x.shape[0], ...size, filter.shape[2]], filter, x, window),
        save: () => [x, filter],
        gradients: (dy, saved) => {
          const x = rank4(saved[0], "conv_transpose2d");
          const filter = rank4(saved[1], "conv_transpose2d");
          return [forward(dy, filter, window), gradientOfFilter(dy, filter.shape, x, window)];
        },
      });
    },
  };
}
