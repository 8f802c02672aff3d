import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";

/**
 * `cross-entropy` takes logits (torch.nn.CrossEntropyLoss), `nll` takes log-probabilities (torch.nn.NLLLoss). Both are the
 * mean over the samples of a batch.
 */
export type LossName = "cross-entropy" | "nll";

/** The mean loss of a batch, differentiable. @param targets `[batch, classes]`, 1 at the class of each sample, else 0 */
export function meanLoss(tf: TensorFlow, loss: LossName, outputs: Tensor, targets: Tensor): Scalar {
  const logProbabilities = loss === "nll" ? outputs : tf.logSoftmax(outputs);
  const [batch = 1] = outputs.shape;
  return tf.mul(tf.sum<Scalar>(tf.mul(logProbabilities, targets)), -1 / batch);
}

/** The loss of one sample in float64. @param row the outputs of that sample */
export function sampleLoss(loss: LossName, row: Float32Array, label: number): number {
  const value = row[label] ?? Number.NaN;
  if (loss === "nll") return -value;
  const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return highest + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - highest), 0)) - value;
}
