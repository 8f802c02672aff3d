import { inputOf, numberAttribute } from "./attributes.js";
import { channelAxis } from "./channels.js";
import type { Application, Op } from "./op.js";

function drop(application: Application, shapeOf: (shape: readonly number[]) => readonly number[]) {
  const { backend, node, training } = application;
  const x = inputOf(application);
  const probability = numberAttribute(node, "p");
  if (training === undefined || probability === 0) return x;
  return backend.tf.mul(x, training.dropoutMask(node, shapeOf(x.shape), probability));
}

/** torch.nn.Dropout: while training, sets values to zero with probability `p` and scales the others by 1 / (1 - p). */
export const dropout: Op = { apply: (application) => drop(application, (shape) => shape) };

/** torch.nn.Dropout2d: the same for whole channels. */
export const dropout2d: Op = {
  apply: (application) =>
    drop(application, (shape) =>
      shape.map((size, axis) => (axis === 0 || axis === channelAxis(shape.length) ? size : 1)),
    ),
};
