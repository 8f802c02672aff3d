import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphNode } from "@tributary/nn";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { inputOf, numberAttribute, parameterOf, textAttribute } from "./attributes.js";
import { channelAxis, engineAxis } from "./channels.js";
import type { Application, Op } from "./op.js";

const elementwise = (compute: (tf: TensorFlow, x: Tensor, node: GraphNode) => Tensor): Op => ({
  apply: (application) => compute(application.backend.tf, inputOf(application), application.node),
});

/** torch.nn.ReLU. */
export const relu: Op = {
  apply: (application) => application.backend.kernels.relu(inputOf(application)),
};

/** x where it is below 0, else 0. At 0 its gradient is 1 and that of `relu` is 0: PyTorch's functions are as below there. */
const below = (tf: TensorFlow, x: Tensor) => tf.minimum(x, 0);

/** torch.nn.LeakyReLU. */
export const leakyRelu = elementwise((tf, x, node) =>
  tf.add(tf.relu(x), tf.mul(below(tf, x), numberAttribute(node, "slope"))),
);

/** exp(x) − 1 where x is below 0, else 0. */
const expBelow = (tf: TensorFlow, x: Tensor) => tf.expm1(below(tf, x));

/** torch.nn.ELU. */
export const elu = elementwise((tf, x, node) =>
  tf.add(tf.relu(x), tf.mul(expBelow(tf, x), numberAttribute(node, "alpha"))),
);

/** torch.nn.SELU, its two constants from Klambauer et al. 2017. */
export const selu = elementwise((tf, x) =>
  tf.mul(tf.add(tf.relu(x), tf.mul(expBelow(tf, x), 1.6732632423543772)), 1.0507009873554805),
);

/** torch.nn.GELU. */
export const gelu = elementwise((tf, x, node) => {
  const inner =
    textAttribute(node, "approximate") === "tanh"
      ? tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)))
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
});

/** torch.nn.SiLU. */
export const silu = elementwise((tf, x) => tf.mul(x, tf.sigmoid(x)));
/** torch.nn.Sigmoid. */
export const sigmoid = elementwise((tf, x) => tf.sigmoid(x));
/** torch.nn.Tanh. */
export const tanh = elementwise((tf, x) => tf.tanh(x));
/** torch.nn.Hardtanh. At both limits its gradient is 0, where that of TensorFlow.js is 1. */
export const hardtanh = elementwise((tf, x, node) => {
  const min = numberAttribute(node, "min");
  const max = numberAttribute(node, "max");
  return differentiable(tf, {
    inputs: [x],
    forward: () => tf.clipByValue(x, min, max),
    save: () => [x],
    gradients: (dy, [saved = x]) => {
      const isBetween = tf.logicalAnd(tf.greater(saved, min), tf.less(saved, max));
      return [tf.mul(dy, tf.cast(isBetween, "float32"))];
    },
  });
});

/** torch.nn.Softplus. Above the threshold the logarithm is x itself to within float32 for the default of 20. */
export const softplus = elementwise((tf, x, node) => {
  const beta = numberAttribute(node, "beta");
  const threshold = numberAttribute(node, "threshold");
  return differentiable(tf, {
    inputs: [x],
    forward: () => {
      const scaled = tf.mul(x, beta);
      // log(1 + exp(z)) = max(z, 0) + log(1 + exp(−|z|)), which never overflows.
      const smooth = tf.add(tf.relu(scaled), tf.log1p(tf.exp(tf.neg(tf.abs(scaled)))));
      return tf.div(tf.where(tf.greater(scaled, threshold), scaled, smooth), beta);
    },
    save: () => [x],
    gradients: (dy, [saved = x]) => {
      const scaled = tf.mul(saved, beta);
      const isLinear = tf.cast(tf.greater(scaled, threshold), "float32");
      return [tf.mul(dy, tf.maximum(tf.sigmoid(scaled), isLinear))];
    },
  });
});

/** torch.nn.PReLU: weight [1], or [channels]. */
export const prelu: Op = {
  apply(application) {
    const { tf } = application.backend;
    const x = inputOf(application);
    const weight = parameterOf(application, "weight");
    const shape = x.shape.map((_, axis) => (axis === channelAxis(x.rank) ? (weight.shape[0] ?? 1) : 1));
    return tf.add(tf.relu(x), tf.mul(below(tf, x), tf.reshape(weight, shape)));
  },
};

/** torch.nn.Softmax along `dim` of PyTorch's layout. */
export const softmax: Op = {
  apply: (application) => alongDimension(application, (x) => application.backend.tf.softmax(x)),
};

/** torch.nn.LogSoftmax along `dim` of PyTorch's layout. */
export const logSoftmax: Op = {
  apply: (application) => alongDimension(application, (x) => application.backend.tf.logSoftmax(x)),
};

/** TensorFlow.js normalises along the last axis only, so the wanted axis is brought there and back. */
function alongDimension(application: Application, normalise: (x: Tensor) => Tensor): Tensor {
  const { tf } = application.backend;
  const x = inputOf(application);
  const axis = engineAxis(x.rank, numberAttribute(application.node, "dim"));
  if (axis === x.rank - 1) return normalise(x);
  const swapped = x.shape.map((_, index) => index);
  swapped[axis] = x.rank - 1;
  swapped[x.rank - 1] = axis;
  return tf.transpose(normalise(tf.transpose(x, swapped)), swapped);
}
