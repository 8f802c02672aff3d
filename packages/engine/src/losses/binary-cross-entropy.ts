import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { fromZero } from "../settings/range.js";
import type { Loss } from "./loss.js";
import { checkReduction, type Reduction, reduced } from "./reduction.js";
import { byClass, sameShape } from "./shapes.js";

interface BinarySettings {
  /** One weight for each class (dimension 1), from 0. Default: all are 1. */
  readonly weight?: readonly number[];
  /** Default `mean`, over all values. */
  readonly reduction?: Reduction;
}

/** torch.nn.BCELoss: the outputs are probabilities. */
export interface BceSettings extends BinarySettings {
  readonly name: "bce";
}

/** torch.nn.BCEWithLogitsLoss: the outputs are logits. */
export interface BceWithLogitsSettings extends BinarySettings {
  readonly name: "bce-with-logits";
  /** One weight for each class's positive targets, from 0. Default: all are 1. */
  readonly posWeight?: readonly number[];
}

/** PyTorch's least logarithm, so that a wrong and certain probability has no infinite loss. */
const LEAST_LOG = -100;
/** PyTorch's least divisor in the gradient. */
const LEAST_DIVISOR = 1e-12;

/** Binary cross-entropy of probabilities. @throws TributaryError `invalid_request` */
export function bce(settings: BceSettings): Loss {
  const { name, weight, reduction = "mean" } = settings;
  checkNumbers(name, { weight });
  checkReduction(reduction);
  return {
    apply: (tf, outputs, targets) => {
      const losses = bceOf(tf, outputs, sameShape(tf, name, outputs, targets));
      return reduced(tf, weightedBy(tf, name, losses, weight), reduction);
    },
  };
}

/** Binary cross-entropy of logits; for any logit without overflow. @throws TributaryError `invalid_request` */
export function bceWithLogits(settings: BceWithLogitsSettings): Loss {
  const { name, weight, posWeight, reduction = "mean" } = settings;
  checkNumbers(name, { weight, posWeight });
  checkReduction(reduction);
  return {
    apply: (tf, outputs, targets) => {
      const positive = posWeight && byClass(tf, `${name}: posWeight`, posWeight, outputs);
      const losses = bceWithLogitsOf(tf, outputs, sameShape(tf, name, outputs, targets), positive);
      return reduced(tf, weightedBy(tf, name, losses, weight), reduction);
    },
  };
}

const bceOf = (tf: TensorFlow, probabilities: Tensor, targets: Tensor): Tensor =>
  differentiable(tf, {
    inputs: [probabilities],
    forward: () => {
      const logOf = (x: Tensor) => tf.maximum(tf.log(x), LEAST_LOG);
      const yes = tf.mul(targets, logOf(probabilities));
      const no = tf.mul(tf.sub(1, targets), logOf(tf.sub(1, probabilities)));
      return tf.neg(tf.add(yes, no));
    },
    save: () => [probabilities, targets],
    gradients: (outputGradient, [p = probabilities, t = targets]) => [
      tf.mul(outputGradient, tf.div(tf.sub(p, t), tf.maximum(tf.mul(tf.sub(1, p), p), LEAST_DIVISOR))),
    ],
  });

/** (1 − t) x + w softplus(−x) with w = 1 + (positive − 1) t; its gradient is w σ(x) − positive t. */
const bceWithLogitsOf = (tf: TensorFlow, x: Tensor, targets: Tensor, positive: Tensor | undefined): Tensor => {
  const positives = positive === undefined ? targets : tf.mul(targets, positive);
  const weigh = (values: Tensor, t: Tensor, p: Tensor) =>
    positive === undefined ? values : tf.mul(values, tf.add(tf.sub(1, t), p));
  return differentiable(tf, {
    inputs: [x],
    forward: () => {
      const softplus = tf.add(tf.log1p(tf.exp(tf.neg(tf.abs(x)))), tf.relu(tf.neg(x)));
      return tf.add(tf.mul(tf.sub(1, targets), x), weigh(softplus, targets, positives));
    },
    save: () => [x, targets, positives],
    gradients: (outputGradient, [logits = x, t = targets, p = positives]) => [
      tf.mul(outputGradient, tf.sub(weigh(tf.sigmoid(logits), t, p), p)),
    ],
  });
};

const weightedBy = (tf: TensorFlow, name: string, losses: Tensor, weight?: readonly number[]): Tensor =>
  weight === undefined ? losses : tf.mul(losses, byClass(tf, `${name}: weight`, weight, losses));

function checkNumbers(name: string, lists: Readonly<Record<string, readonly number[] | undefined>>): void {
  for (const [list, numbers] of Object.entries(lists))
    for (const [index, value] of (numbers ?? []).entries())
      fromZero(name, { [`${list}[${index}]`]: value }, `${list}[${index}]`);
}
