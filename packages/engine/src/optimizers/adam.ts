import { TributaryError } from "@tributary/protocol";
import { fromZero, fromZeroBelowOne, needed } from "../settings/range.js";
import { decayed, movedAverage } from "./average.js";
import { held } from "./held.js";
import type { Optimizer } from "./optimizer.js";

interface MomentSettings {
  /** From 0; PyTorch's own default is 0.001. */
  readonly learningRate: number;
  /** Decay of the mean and of the mean square of the gradients, from 0 to below 1. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the divisor, from 0. Default 1e-8. */
  readonly eps?: number;
  /** Divide by the largest mean square so far (Reddi et al. 2018). Default false. */
  readonly amsgrad?: boolean;
}

/** torch.optim.Adam (Kingma and Ba 2015). */
export interface AdamSettings extends MomentSettings {
  readonly name: "adam";
  /** L2 penalty, from 0; it is added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** torch.optim.AdamW (Loshchilov and Hutter 2019). */
export interface AdamWSettings extends MomentSettings {
  readonly name: "adamw";
  /** Share of a parameter, times the learning rate, that a step takes off, from 0. Default 0.01. */
  readonly weightDecay?: number;
}

/** Adam and AdamW, which differ in how weights decay. @throws TributaryError `invalid_request` */
export function adam(settings: AdamSettings | AdamWSettings): Optimizer {
  const { name, betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = settings;
  const [beta1, beta2] = betas;
  needed(name, settings, "learningRate");
  fromZero(name, settings, "learningRate", "eps", "weightDecay");
  if (betas.length !== 2) throw new TributaryError("invalid_request", `${name}: betas must be two numbers`);
  fromZeroBelowOne(name, { "betas[0]": beta1, "betas[1]": beta2 }, "betas[0]", "betas[1]");
  const penalty = name === "adam" ? (settings.weightDecay ?? 0) : 0;
  const shrinkage = name === "adamw" ? (settings.weightDecay ?? 0.01) : 0;
  return {
    slots: { mean: 0, square: 0, ...(amsgrad ? { largestSquare: 0 } : {}) },
    scalars: (step, learningRate) => {
      // m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε), with the corrections moved to where they cost no pass over the parameters.
      const correction = Math.sqrt(1 - beta2 ** step);
      return {
        rate: (learningRate * correction) / (1 - beta1 ** step),
        eps: eps * correction,
        ...(shrinkage > 0 ? { kept: 1 - learningRate * shrinkage } : {}),
      };
    },
    apply: (tf, { parameter, gradient, slots, scalars }) => {
      const direction = decayed(tf, gradient, parameter, penalty);
      const mean = movedAverage(tf, held(slots, "mean"), direction, beta1);
      const square = movedAverage(tf, held(slots, "square"), tf.square(direction), beta2);
      const largest = amsgrad ? { largestSquare: tf.maximum(held(slots, "largestSquare"), square) } : {};
      const divisor = tf.add(tf.sqrt(largest.largestSquare ?? square), held(scalars, "eps"));
      const kept = shrinkage > 0 ? tf.mul(parameter, held(scalars, "kept")) : parameter;
      return {
        parameter: tf.sub(kept, tf.div(tf.mul(mean, held(scalars, "rate")), divisor)),
        slots: { mean, square, ...largest },
      };
    },
  };
}
