import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** A value and its gradients. What they need of the way there must be saved: every other tensor of it is gone by then. */
export interface Differentiable<T extends Tensor> {
  /** What gets a gradient, in the order in which `gradients` gives them. */
  readonly inputs: readonly Tensor[];
  /** Runs without being recorded. */
  readonly forward: () => T;
  /** What the gradients are computed from; it is kept until they are. */
  readonly save: (output: T) => readonly Tensor[];
  readonly gradients: (outputGradient: T, saved: readonly Tensor[]) => Tensor[];
}

/**
 * One op with a gradient of our own, as `tf.customGrad` has it, with a name for each part.
 *
 * @example
 * ```ts
 * differentiable(tf, {
 *   inputs: [x],
 *   forward: () => tf.square(x),
 *   save: () => [x],
 *   gradients: (outputGradient, [saved = x]) => [tf.mul(tf.mul(saved, 2), outputGradient)],
 * });
 * ```
 */
export function differentiable<T extends Tensor>(tf: TensorFlow, definition: Differentiable<T>): T {
  const op = tf.customGrad<T>((...args) => {
    const value = definition.forward();
    const save = args.at(-1);
    if (typeof save === "function") save([...definition.save(value)]);
    return { value, gradFunc: (outputGradient, saved) => definition.gradients(outputGradient, saved) };
  });
  return op(...definition.inputs);
}
