import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import { numberAttribute, onlyInput } from "./attributes.js";
import type { Application, Op } from "./op.js";

/** torch.nn.ReLU. */
export const relu: Op = {
  apply: (application) => application.backend.kernels.relu(onlyInput(application)),
};

/** torch.nn.Softmax along `dim` of PyTorch's layout. */
export const softmax: Op = {
  apply: (application) => alongDimension(application, (x) => application.backend.tf.softmax(x)),
};

/** torch.nn.LogSoftmax along `dim` of PyTorch's layout. */
export const logSoftmax: Op = {
  apply: (application) => alongDimension(application, (x) => application.backend.tf.logSoftmax(x)),
};

/** Where each axis of [batch, channels, height, width] is in [batch, height, width, channels]. */
const channelsLastAxis = [0, 3, 1, 2];

/** TensorFlow.js normalises along the last axis only, so the wanted axis is brought there and back. */
function alongDimension(application: Application, normalise: (x: Tensor) => Tensor): Tensor {
  const { tf } = application.backend;
  const x = onlyInput(application);
  const dimension = numberAttribute(application.node, "dim");
  const axis = x.rank === 4 ? channelsLastAxis[dimension] : dimension;
  if (axis === undefined || axis >= x.rank)
    throw new TributaryError("invalid_graph", `${application.node.name}: there is no dimension ${dimension}`);
  if (axis === x.rank - 1) return normalise(x);
  const swapped = x.shape.map((_, index) => index);
  swapped[axis] = x.rank - 1;
  swapped[x.rank - 1] = axis;
  return tf.transpose(normalise(tf.transpose(x, swapped)), swapped);
}
