import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Pair } from "../edge.js";
import { rank4 } from "../rank.js";

/** Every nth row and column of `[batch, height, width, channels]`, from the first on. TensorFlow.js cannot differentiate its own. */
export function everyNthPixel(tf: TensorFlow, backend: NodeJSKernelBackend) {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_FLOAT, TF_INT32 } = backend.binding;
  const mask = (name: string) => ({ name, type: TF_ATTR_INT, value: 0 });
  const attributes = [
    { name: "T", type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: "Index", type: TF_ATTR_TYPE, value: TF_INT32 },
    ...["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].map(mask),
  ];
  const range = (shape: readonly number[], stride: Pair) =>
    [[0, 0, 0, 0], shape, [1, ...stride, 1]].map((numbers) => tf.tensor1d([...numbers], "int32"));

  return (x: Tensor4D, stride: Pair, isDifferentiated: boolean): Tensor4D => {
    const forward = () =>
      rank4(backend.executeSingleOutput("StridedSlice", attributes, [x, ...range(x.shape, stride)]), "conv2d");
    if (!isDifferentiated) return forward();
    return differentiable(tf, {
      inputs: [x],
      forward,
      save: () => [],
      gradients: (dy) => [
        backend.executeSingleOutput("StridedSliceGrad", attributes, [
          tf.tensor1d(x.shape, "int32"),
          ...range(x.shape, stride),
          dy,
        ]),
      ],
    });
  };
}
