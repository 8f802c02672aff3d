import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";

/** `targets` as float32, known to have the outputs' shape. @throws TributaryError `shape_mismatch` */
export function sameShape(tf: TensorFlow, loss: string, outputs: Tensor, targets: Tensor): Tensor {
  if (String(outputs.shape) !== String(targets.shape))
    throw new TributaryError(
      "shape_mismatch",
      `${loss}: the targets are [${targets.shape}], the outputs are [${outputs.shape}]`,
    );
  return targets.dtype === "float32" ? targets : tf.cast(targets, "float32");
}

/**
 * One number for each class, in a shape that multiplies outputs `[batch, classes, ...]`.
 * @throws TributaryError `shape_mismatch` unless there are as many numbers as classes
 */
export function byClass(tf: TensorFlow, what: string, numbers: readonly number[], outputs: Tensor): Tensor {
  const [, classes = 1, ...rest] = outputs.shape;
  if (numbers.length !== classes)
    throw new TributaryError(
      "shape_mismatch",
      `${what} has ${numbers.length} numbers, the outputs [${outputs.shape}] have ${classes} classes`,
    );
  return tf.tensor([...numbers], outputs.rank < 2 ? [classes] : [1, classes, ...rest.map(() => 1)], "float32");
}

/** `[batch, classes, ...]` as `[rows, classes]`: a row for each sample and place. */
export function rowsOf(tf: TensorFlow, values: Tensor, classes: number): Tensor {
  if (values.rank === 2) return values;
  const [first = 0, second = 1, ...rest] = values.shape.map((_, axis) => axis);
  return tf.reshape(tf.transpose(values, [first, ...rest, second]), [-1, classes]);
}

/** Classes of outputs `[batch, classes, ...]`. @throws TributaryError `shape_mismatch` when there is no such dimension */
export function classesOf(loss: string, outputs: Tensor): number {
  const [, classes] = outputs.shape;
  if (classes !== undefined) return classes;
  throw new TributaryError("shape_mismatch", `${loss}: outputs [${outputs.shape}] have no dimension of classes`);
}
