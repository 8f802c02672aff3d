import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { differentiable } from "../kernels/differentiable.js";
import { aboveZero, fromZero } from "../settings/range.js";
import type { Loss } from "./loss.js";
import { checkReduction, type Reduction, reduced } from "./reduction.js";
import { sameShape } from "./shapes.js";

interface DistanceSettings {
  /** Default `mean`, over all values. */
  readonly reduction?: Reduction;
}

/** torch.nn.MSELoss. */
export interface MseSettings extends DistanceSettings {
  readonly name: "mse";
}

/** torch.nn.L1Loss. */
export interface L1Settings extends DistanceSettings {
  readonly name: "l1";
}

/** torch.nn.SmoothL1Loss. */
export interface SmoothL1Settings extends DistanceSettings {
  readonly name: "smooth-l1";
  /** Distance below which the loss is squared, from 0; at 0 it is L1. Default 1. */
  readonly beta?: number;
}

/** torch.nn.HuberLoss. */
export interface HuberSettings extends DistanceSettings {
  readonly name: "huber";
  /** Distance below which the loss is squared, above 0. Default 1. */
  readonly delta?: number;
}

/** The squared distance. @throws TributaryError `invalid_request` */
export const mse = (settings: MseSettings): Loss => distance(settings, (tf, difference) => tf.square(difference));

/** The absolute distance. @throws TributaryError `invalid_request` */
export const l1 = (settings: L1Settings): Loss => distance(settings, absolute);

/** d² / 2β below β, d − β / 2 above. @throws TributaryError `invalid_request` */
export function smoothL1(settings: SmoothL1Settings): Loss {
  fromZero("smooth-l1", settings, "beta");
  const { beta = 1 } = settings;
  return distance(settings, beta === 0 ? absolute : (tf, difference) => tf.div(bent(tf, difference, beta), beta));
}

/** d² / 2 below δ, δ (d − δ / 2) above. @throws TributaryError `invalid_request` */
export function huber(settings: HuberSettings): Loss {
  aboveZero("huber", settings, "delta");
  const { delta = 1 } = settings;
  return distance(settings, (tf, difference) => bent(tf, difference, delta));
}

function distance(
  { name, reduction = "mean" }: MseSettings | L1Settings | SmoothL1Settings | HuberSettings,
  lossesOf: (tf: TensorFlow, difference: Tensor) => Tensor,
): Loss {
  checkReduction(reduction);
  return {
    apply: (tf, outputs, targets) =>
      reduced(tf, lossesOf(tf, tf.sub(outputs, sameShape(tf, name, outputs, targets))), reduction),
  };
}

/** With PyTorch's gradient 0 at 0, where that of TensorFlow.js is −1. */
const absolute = (tf: TensorFlow, x: Tensor): Tensor =>
  differentiable(tf, {
    inputs: [x],
    forward: () => tf.abs(x),
    save: () => [x],
    gradients: (outputGradient, [saved = x]) => [tf.mul(outputGradient, tf.sign(saved))],
  });

/** x² / 2 within ±limit, straight on from there: `limit * (|x| - limit / 2)`. */
const bent = (tf: TensorFlow, x: Tensor, limit: number): Tensor =>
  differentiable(tf, {
    inputs: [x],
    forward: () => {
      const far = tf.abs(x);
      const near = tf.minimum(far, limit);
      return tf.add(tf.mul(tf.square(near), 0.5), tf.mul(tf.sub(far, near), limit));
    },
    save: () => [x],
    gradients: (outputGradient, [saved = x]) => [tf.mul(outputGradient, tf.maximum(tf.minimum(saved, limit), -limit))],
  });
