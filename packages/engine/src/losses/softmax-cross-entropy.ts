import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { atClass, type Labels } from "./labels.js";

/**
 * `[rows]`: the cross-entropy of logits `[rows, classes]` with labels; 0 where a row is ignored. With its own gradient,
 * softmax − one-hot, it is the cheap way of the plain case.
 */
export const softmaxCrossEntropy = (tf: TensorFlow, logits: Tensor, labels: Labels): Tensor =>
  differentiable(tf, {
    inputs: [logits],
    forward: () => {
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const logSums = tf.log(tf.sum(tf.exp(shifted), 1, true));
      return tf.sub(tf.reshape(tf.mul(logSums, labels.counts), [-1]), atClass(tf, shifted, labels));
    },
    save: () => [logits, labels.oneHot, labels.counts],
    gradients: (outputGradient, [x = logits, oneHot = labels.oneHot, counts = labels.counts]) => [
      tf.mul(tf.sub(tf.mul(tf.softmax(x), counts), oneHot), tf.reshape(outputGradient, [-1, 1])),
    ],
  });
