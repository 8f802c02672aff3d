import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/** An exponential moving average after one more value: `decay * average + (1 - decay) * value`. */
export const movedAverage = (tf: TensorFlow, average: Tensor, value: Tensor, decay: number): Tensor =>
  tf.add(tf.mul(average, decay), tf.mul(value, 1 - decay));

/** The gradient with an L2 penalty on the parameter. */
export const decayed = (tf: TensorFlow, gradient: Tensor, parameter: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay));
