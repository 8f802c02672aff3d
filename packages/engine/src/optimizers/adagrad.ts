import { fromZero, needed } from "../settings/range.js";
import { decayed } from "./average.js";
import { held } from "./held.js";
import type { Optimizer } from "./optimizer.js";

/** torch.optim.Adagrad (Duchi et al. 2011). */
export interface AdagradSettings {
  readonly name: "adagrad";
  /** From 0; PyTorch's own default is 0.01. */
  readonly learningRate: number;
  /** The rate of step n, counted from 1, is `learningRate / (1 + (n - 1) * learningRateDecay)`; from 0. Default 0. */
  readonly learningRateDecay?: number;
  /** What the sum of squares begins with, from 0. Default 0. */
  readonly initialAccumulator?: number;
  /** Added to the divisor, from 0. Default 1e-10. */
  readonly eps?: number;
  /** L2 penalty, from 0; it is added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** Divides by the root of the sum of all squared gradients. @throws TributaryError `invalid_request` */
export function adagrad(settings: AdagradSettings): Optimizer {
  needed("adagrad", settings, "learningRate");
  fromZero("adagrad", settings, "learningRate", "learningRateDecay", "initialAccumulator", "eps", "weightDecay");
  const { learningRateDecay = 0, initialAccumulator = 0, eps = 1e-10, weightDecay = 0 } = settings;
  return {
    slots: { sum: initialAccumulator },
    scalars: (step, learningRate) => ({ learningRate: learningRate / (1 + (step - 1) * learningRateDecay) }),
    apply: (tf, { parameter, gradient, slots, scalars }) => {
      const direction = decayed(tf, gradient, parameter, weightDecay);
      const sum = tf.add(held(slots, "sum"), tf.square(direction));
      const step = tf.div(tf.mul(direction, held(scalars, "learningRate")), tf.add(tf.sqrt(sum), eps));
      return { parameter: tf.sub(parameter, step), slots: { sum } };
    },
  };
}
