import { fromZero, fromZeroToOne, needed } from "../settings/range.js";
import { decayed, movedAverage } from "./average.js";
import { held } from "./held.js";
import type { Optimizer } from "./optimizer.js";

/** torch.optim.Adadelta (Zeiler 2012). */
export interface AdadeltaSettings {
  readonly name: "adadelta";
  /** From 0; PyTorch's own default is 1. */
  readonly learningRate: number;
  /** Decay of the mean squares of gradients and of moves, from 0 to 1. Default 0.9. */
  readonly rho?: number;
  /** Added under both roots, from 0. Default 1e-6. */
  readonly eps?: number;
  /** L2 penalty, from 0; it is added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/** Moves as far as the moves before, measured against the gradients before. @throws TributaryError `invalid_request` */
export function adadelta(settings: AdadeltaSettings): Optimizer {
  needed("adadelta", settings, "learningRate");
  fromZeroToOne("adadelta", settings, "rho");
  fromZero("adadelta", settings, "learningRate", "eps", "weightDecay");
  const { rho = 0.9, eps = 1e-6, weightDecay = 0 } = settings;
  return {
    slots: { square: 0, moveSquare: 0 },
    scalars: (_, learningRate) => ({ learningRate }),
    apply: (tf, { parameter, gradient, slots, scalars }) => {
      const direction = decayed(tf, gradient, parameter, weightDecay);
      const root = (square: ReturnType<typeof held>) => tf.sqrt(tf.add(square, eps));
      const square = movedAverage(tf, held(slots, "square"), tf.square(direction), rho);
      const move = tf.mul(tf.div(root(held(slots, "moveSquare")), root(square)), direction);
      return {
        parameter: tf.sub(parameter, tf.mul(move, held(scalars, "learningRate"))),
        slots: { square, moveSquare: movedAverage(tf, held(slots, "moveSquare"), tf.square(move), rho) },
      };
    },
  };
}
