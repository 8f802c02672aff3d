import type { Tensor } from "@tensorflow/tfjs-core";
import type { GraphNode } from "@tributary/nn";
import type { TensorFlow } from "../backend/backend.js";
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

/** The part above 0, and the part below as a value from 0 on: x is their difference. */
const parts = (tf: TensorFlow, x: Tensor) => ({ above: tf.relu(x), below: tf.relu(tf.neg(x)) });

/** torch.nn.LeakyReLU. */
export const leakyRelu = elementwise((tf, x, node) => {
  const { above, below } = parts(tf, x);
  return tf.sub(above, tf.mul(below, numberAttribute(node, "slope")));
});

/** exp(x) − 1 where x is below 0, else 0. */
const expBelow = (tf: TensorFlow, x: Tensor) => tf.expm1(tf.neg(tf.relu(tf.neg(x))));

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
/** torch.nn.Hardtanh. */
export const hardtanh = elementwise((tf, x, node) =>
  tf.clipByValue(x, numberAttribute(node, "min"), numberAttribute(node, "max")),
);

/** torch.nn.Softplus. Above the threshold the logarithm is x itself to within float32 for the default of 20. */
export const softplus = elementwise((tf, x, node) => {
  const beta = numberAttribute(node, "beta");
  const scaled = tf.mul(x, beta);
  const limited = tf.minimum(scaled, numberAttribute(node, "threshold"));
  // log(1 + exp(z)) = max(z, 0) + log(1 + exp(−|z|)), which never overflows.
  const smooth = tf.add(tf.relu(limited), tf.log1p(tf.exp(tf.neg(tf.abs(limited)))));
  const isLinear = tf.greater(scaled, numberAttribute(node, "threshold"));
  return tf.div(tf.where(isLinear, scaled, smooth), beta);
});

/** torch.nn.PReLU: weight [1], or [channels]. */
export const prelu: Op = {
  apply(application) {
    const { tf } = application.backend;
    const x = inputOf(application);
    const weight = parameterOf(application, "weight");
    const shape = x.shape.map((_, axis) => (axis === channelAxis(x.rank) ? (weight.shape[0] ?? 1) : 1));
    const { above, below } = parts(tf, x);
    return tf.sub(above, tf.mul(below, tf.reshape(weight, shape)));
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
