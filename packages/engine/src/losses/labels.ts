import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";

/** PyTorch's: no class has this number, so nothing is ignored that is one. */
export const DEFAULT_IGNORE_INDEX = -100;

/** What class each row of outputs should have. Rows that are ignored have none. */
export interface Labels {
  /** bool `[rows, classes]`: whether it is the class of the row. */
  readonly isClass: Tensor;
  /** `isClass` as 1 and 0. */
  readonly oneHot: Tensor;
  /** `[rows, 1]`: 1, or 0 for a row that is ignored. */
  readonly counts: Tensor;
}

/**
 * Labels of outputs `[batch, classes, ...]`. A label that is no class counts as ignored, because nothing here can look at
 * values; `checkLabels` finds it before.
 *
 * @param labels int32 `[batch, ...]`
 * @throws TributaryError `shape_mismatch`
 */
export function labelsOf(
  tf: TensorFlow,
  loss: string,
  outputs: Tensor,
  labels: Tensor,
  classes: number,
  ignoreIndex: number,
): Labels {
  const [batch, , ...places] = outputs.shape;
  if (String(labels.shape) !== String([batch, ...places]))
    throw new TributaryError(
      "shape_mismatch",
      `${loss}: outputs [${outputs.shape}] take classes [${[batch, ...places]}], got [${labels.shape}]`,
    );
  const isClass = tf.equal(tf.reshape(labels, [-1, 1]), classNumbers(tf, classes, ignoreIndex));
  const oneHot = tf.cast(isClass, "float32");
  return { isClass, oneHot, counts: tf.sum(oneHot, 1, true) };
}

/** `[1, classes]`: 0, 1, 2 … The class that is ignored gets a number that no label has. */
function classNumbers(tf: TensorFlow, classes: number, ignoreIndex: number): Tensor {
  const numbers = Int32Array.from({ length: classes }, (_, index) => (index === ignoreIndex ? NO_LABEL : index));
  return tf.tensor(numbers, [1, classes], "int32");
}

const NO_LABEL = -(2 ** 31);

/** `[rows]`: the value at the class of each row, 0 where a row is ignored. What is elsewhere does not matter, even infinity. */
export const atClass = (tf: TensorFlow, values: Tensor, { isClass }: Labels): Tensor =>
  tf.sum(tf.where(isClass, values, tf.zerosLike(values)), 1);

/**
 * Looks at labels before they become a tensor.
 * @throws TributaryError `shape_mismatch` naming the first label that is neither a class nor `ignoreIndex`, if there is one
 */
export function checkLabels(labels: Int32Array, classes: number, ignoreIndex?: number): void {
  const stray = labels.find((label) => (label < 0 || label >= classes) && label !== ignoreIndex);
  if (stray !== undefined)
    throw new TributaryError("shape_mismatch", `label ${stray} does not fit the model's ${classes} classes`);
}
