import { fromZero, fromZeroToOne, needed } from "../settings/range.js";
import { decayed, movedAverage } from "./average.js";
import { held } from "./held.js";
import type { Optimizer } from "./optimizer.js";

/** torch.optim.RMSprop (Hinton's lecture; centered: Graves 2013). */
export interface RmspropSettings {
  readonly name: "rmsprop";
  /** From 0; PyTorch's own default is 0.01. */
  readonly learningRate: number;
  /** Decay of the mean square of the gradients, from 0 to 1. Default 0.99. */
  readonly alpha?: number;
  /** Added to the divisor, from 0. Default 1e-8. */
  readonly eps?: number;
  /** From 0 to 1. Default 0: none. */
  readonly momentum?: number;
  /** Divide by an estimate of the variance in place of the mean square. Default false. */
  readonly centered?: boolean;
  /** L2 penalty, from 0; it is added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** Divides by the root of the mean square of late gradients. @throws TributaryError `invalid_request` */
export function rmsprop(settings: RmspropSettings): Optimizer {
  needed("rmsprop", settings, "learningRate");
  fromZeroToOne("rmsprop", settings, "alpha");
  fromZeroToOne("rmsprop", settings, "momentum");
  fromZero("rmsprop", settings, "learningRate", "eps", "weightDecay");
  const { alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, weightDecay = 0 } = settings;
  return {
    slots: { square: 0, ...(centered ? { mean: 0 } : {}), ...(momentum > 0 ? { momentum: 0 } : {}) },
    scalars: (_, learningRate) => ({ learningRate }),
    apply: (tf, { parameter, gradient, slots, scalars }) => {
      const learningRate = held(scalars, "learningRate");
      const direction = decayed(tf, gradient, parameter, weightDecay);
      const square = movedAverage(tf, held(slots, "square"), tf.square(direction), alpha);
      const means = centered ? { mean: movedAverage(tf, held(slots, "mean"), direction, alpha) } : {};
      // Rounding can take a variance below 0, where PyTorch makes NaN.
      const spread = means.mean ? tf.maximum(tf.sub(square, tf.square(means.mean)), 0) : square;
      const divisor = tf.add(tf.sqrt(spread), eps);
      if (momentum === 0) {
        const step = tf.div(tf.mul(direction, learningRate), divisor);
        return { parameter: tf.sub(parameter, step), slots: { square, ...means } };
      }
      const velocity = tf.add(tf.mul(held(slots, "momentum"), momentum), tf.div(direction, divisor));
      return {
        parameter: tf.sub(parameter, tf.mul(velocity, learningRate)),
        slots: { square, ...means, momentum: velocity },
      };
    },
  };
}
