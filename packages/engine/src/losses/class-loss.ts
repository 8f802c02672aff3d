import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { finite, fromZero } from "../settings/range.js";
import { atClass, DEFAULT_IGNORE_INDEX, type Labels, labelsOf } from "./labels.js";
import { checkReduction, type Reduction, reduced } from "./reduction.js";
import { byClass, classesOf, rowsOf, sameShape } from "./shapes.js";

/** What losses of classes have in common. */
export interface ClassLossSettings {
  /** One weight for each class, from 0. Default: all are 1. */
  readonly weight?: readonly number[];
  /** Rows with this label do not count. Of no meaning where targets are probabilities. Default -100. */
  readonly ignoreIndex?: number;
  /** `mean` of labels is by the sum of their weights, `mean` of probabilities by the number of rows. Default `mean`. */
  readonly reduction?: Reduction;
}

/** @throws TributaryError `invalid_request` */
export function checkClassLoss(settings: ClassLossSettings & { readonly name: string }): void {
  const { name, weight = [], ignoreIndex = DEFAULT_IGNORE_INDEX, reduction = "mean" } = settings;
  finite(name, settings, "ignoreIndex");
  if (!Number.isInteger(ignoreIndex))
    throw new TributaryError("invalid_request", `${name}: ignoreIndex must be a whole number, got ${ignoreIndex}`);
  for (const [index, value] of weight.entries()) fromZero(name, { [`weight[${index}]`]: value }, `weight[${index}]`);
  checkReduction(reduction);
}

/** The loss of each row, and what a mean divides their sum by. */
interface RowLosses {
  /** `[rows]` */
  readonly losses: Tensor;
  /** The weight of each row; without it they all weigh 1. */
  readonly weights?: Tensor;
}

/** How the losses of rows are found. Each is given outputs `[rows, classes]`. */
interface Rule {
  readonly ofLabels: (rows: Tensor, labels: Labels, weight: Tensor | undefined) => RowLosses;
  /** @param probabilities `[rows, classes]` */
  readonly ofProbabilities: (rows: Tensor, probabilities: Tensor, weight: Tensor | undefined) => RowLosses;
}

/** A loss of outputs `[batch, classes, ...]` and labels or probabilities, over rows. @throws TributaryError `shape_mismatch` */
export function classLoss(
  tf: TensorFlow,
  settings: ClassLossSettings & { readonly name: string },
  outputs: Tensor,
  targets: Tensor,
  rule: Rule,
): Tensor {
  const { name, ignoreIndex = DEFAULT_IGNORE_INDEX, reduction = "mean" } = settings;
  const classes = classesOf(name, outputs);
  const weight = settings.weight && rowsOf(tf, byClass(tf, `${name}: weight`, settings.weight, outputs), classes);
  const rows = rowsOf(tf, outputs, classes);
  const { losses, weights } =
    targets.dtype === "int32"
      ? rule.ofLabels(rows, labelsOf(tf, name, outputs, targets, classes, ignoreIndex), weight)
      : rule.ofProbabilities(rows, rowsOf(tf, sameShape(tf, name, outputs, targets), classes), weight);
  if (reduction === "none") {
    const [batch = 1, , ...places] = outputs.shape;
    return tf.reshape(losses, [batch, ...places]);
  }
  return reduced(tf, losses, reduction, weights && (() => weightedMean(tf, losses, weights)));
}

/** NaN when all weights are 0, but then with a gradient of 0, as in PyTorch: a batch of ignored rows moves nothing. */
const weightedMean = (tf: TensorFlow, losses: Tensor, weights: Tensor): Tensor => {
  const total = tf.sum(weights);
  return differentiable(tf, {
    inputs: [losses],
    forward: () => tf.div(tf.sum(losses), total),
    save: () => [total],
    gradients: (outputGradient, [sum = total]) => {
      const divisor = tf.where(tf.equal(sum, 0), tf.scalar(1), sum);
      return [tf.mul(tf.ones(losses.shape), tf.div(outputGradient, divisor))];
    },
  });
};

/** The negative log-likelihood of labels. */
export function labelLosses(
  tf: TensorFlow,
  logProbabilities: Tensor,
  labels: Labels,
  weight?: Tensor,
): Required<RowLosses> {
  const weights = weight === undefined ? labels.counts : tf.sum(tf.mul(labels.oneHot, weight), 1, true);
  const likelihoods = atClass(tf, logProbabilities, labels);
  const weighted = weight === undefined ? likelihoods : tf.mul(likelihoods, tf.reshape(weights, [-1]));
  return { losses: tf.neg(weighted), weights };
}

/** The cross-entropy with probabilities. */
export function probabilityLosses(
  tf: TensorFlow,
  logProbabilities: Tensor,
  probabilities: Tensor,
  weight?: Tensor,
): RowLosses {
  const weighted = weight === undefined ? probabilities : tf.mul(probabilities, weight);
  return { losses: tf.neg(tf.sum(tf.mul(logProbabilities, weighted), 1)) };
}
