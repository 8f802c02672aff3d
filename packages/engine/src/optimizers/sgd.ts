import { TributaryError } from "@tributary/protocol";
import { finite, fromZero, fromZeroToOne, needed } from "../settings/range.js";
import { decayed } from "./average.js";
import { held } from "./held.js";
import type { Optimizer } from "./optimizer.js";

/** torch.optim.SGD. */
export interface SgdSettings {
  readonly name: "sgd";
  /** From 0. */
  readonly learningRate: number;
  /** From 0 to 1. Default 0: none. */
  readonly momentum?: number;
  /** Share of a gradient that does not reach the momentum, from the second step on; up to 1. Default 0. */
  readonly dampening?: number;
  /** Needs a momentum above 0 and no dampening. Default false. */
  readonly nesterov?: boolean;
  /** L2 penalty, from 0; it is added to the gradient. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent. As in PyTorch, the momentum begins as the first gradient, undampened.
 *
 * @throws TributaryError `invalid_request`
 */
export function sgd(settings: SgdSettings): Optimizer {
  needed("sgd", settings, "learningRate");
  fromZeroToOne("sgd", settings, "momentum");
  finite("sgd", settings, "dampening");
  fromZero("sgd", settings, "learningRate", "weightDecay");
  const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = settings;
  if (dampening > 1) throw new TributaryError("invalid_request", `sgd: dampening must be at most 1, got ${dampening}`);
  if (nesterov && (momentum === 0 || dampening !== 0))
    throw new TributaryError("invalid_request", "sgd: nesterov needs a momentum above 0 and no dampening");
  if (momentum === 0)
    return {
      slots: {},
      scalars: (_, learningRate) => ({ learningRate }),
      apply: (tf, { parameter, gradient, scalars }) => ({
        parameter: tf.sub(
          parameter,
          tf.mul(decayed(tf, gradient, parameter, weightDecay), held(scalars, "learningRate")),
        ),
        slots: {},
      }),
    };
  const isDampened = dampening !== 0;
  return {
    slots: { momentum: 0 },
    scalars: (step, learningRate) => ({
      learningRate,
      ...(isDampened ? { share: step === 1 ? 1 : 1 - dampening } : {}),
    }),
    apply: (tf, { parameter, gradient, slots, scalars }) => {
      const direction = decayed(tf, gradient, parameter, weightDecay);
      const added = isDampened ? tf.mul(direction, held(scalars, "share")) : direction;
      const velocity = tf.add(tf.mul(held(slots, "momentum"), momentum), added);
      const along = nesterov ? tf.add(direction, tf.mul(velocity, momentum)) : velocity;
      return {
        parameter: tf.sub(parameter, tf.mul(along, held(scalars, "learningRate"))),
        slots: { momentum: velocity },
      };
    },
  };
}
