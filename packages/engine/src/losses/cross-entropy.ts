import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { fromZeroToOne } from "../settings/range.js";
import { type ClassLossSettings, checkClassLoss, classLoss, labelLosses, probabilityLosses } from "./class-loss.js";
import type { Labels } from "./labels.js";
import type { Loss } from "./loss.js";
import { softmaxCrossEntropy } from "./softmax-cross-entropy.js";

/** torch.nn.CrossEntropyLoss: the outputs are logits. */
export interface CrossEntropySettings extends ClassLossSettings {
  readonly name: "cross-entropy";
  /** Share of the target that is spread evenly over all classes (Szegedy et al. 2016), from 0 to 1. Default 0. */
  readonly labelSmoothing?: number;
}

/** Cross-entropy with the softmax of the outputs. @throws TributaryError `invalid_request` */
export function crossEntropy(settings: CrossEntropySettings): Loss {
  checkClassLoss(settings);
  fromZeroToOne("cross-entropy", settings, "labelSmoothing");
  const { labelSmoothing = 0 } = settings;
  return {
    apply: (tf, outputs, targets) =>
      classLoss(tf, settings, outputs, targets, {
        ofLabels: (rows, labels, weight) => {
          if (labelSmoothing === 0 && weight === undefined)
            return { losses: softmaxCrossEntropy(tf, rows, labels), weights: labels.counts };
          const logProbabilities = tf.logSoftmax(rows);
          const { losses, weights } = labelLosses(tf, logProbabilities, labels, weight);
          if (labelSmoothing === 0) return { losses, weights };
          const spread = evenLosses(tf, logProbabilities, labels, weight);
          const smoothed = tf.add(tf.mul(losses, 1 - labelSmoothing), tf.mul(spread, labelSmoothing));
          return { losses: smoothed, weights };
        },
        ofProbabilities: (rows, probabilities, weight) => {
          const [, classes = 1] = rows.shape;
          const smoothed =
            labelSmoothing === 0
              ? probabilities
              : tf.add(tf.mul(probabilities, 1 - labelSmoothing), labelSmoothing / classes);
          return probabilityLosses(tf, tf.logSoftmax(rows), smoothed, weight);
        },
      }),
  };
}

/** `[rows]`: the cross-entropy with all classes alike, 0 where a row is ignored. */
function evenLosses(tf: TensorFlow, logProbabilities: Tensor, { counts }: Labels, weight?: Tensor): Tensor {
  const weighted = weight === undefined ? logProbabilities : tf.mul(logProbabilities, weight);
  return tf.neg(tf.mul(tf.mean(weighted, 1), tf.reshape(counts, [-1])));
}
