import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";

export interface SgdSettings {
  /** Above 0. */
  readonly learningRate: number;
  /** From 0 (none) to below 1. */
  readonly momentum: number;
  /** Needs a momentum above 0. */
  readonly nesterov: boolean;
  /** L2 penalty, from 0; it is added to the gradient. */
  readonly weightDecay: number;
}

/**
 * Stochastic gradient descent as torch.optim.SGD does it, without dampening. The velocity begins as the first gradient and
 * lives as long as this object. A parameter without gradient is left alone.
 */
export class Sgd {
  readonly #tf: TensorFlow;
  readonly #settings: SgdSettings;
  readonly #velocity = new Map<string, Variable>();
  readonly #learningRate: Scalar;
  readonly #momentum: Scalar;
  readonly #weightDecay: Scalar;

  /** @throws TributaryError `invalid_request` when a setting is out of its range */
  constructor(tf: TensorFlow, settings: SgdSettings) {
    const { learningRate, momentum, nesterov, weightDecay } = settings;
    if (!(learningRate > 0 && Number.isFinite(learningRate)))
      throw new TributaryError("invalid_request", `the learning rate must be above 0, got ${learningRate}`);
    if (!(momentum >= 0 && momentum < 1))
      throw new TributaryError("invalid_request", `momentum must be from 0 to below 1, got ${momentum}`);
    if (nesterov && momentum === 0)
      throw new TributaryError("invalid_request", "Nesterov's momentum needs a momentum above 0");
    if (!(weightDecay >= 0 && Number.isFinite(weightDecay)))
      throw new TributaryError("invalid_request", `weight decay must be 0 or above, got ${weightDecay}`);
    this.#tf = tf;
    this.#settings = settings;
    this.#learningRate = tf.scalar(learningRate);
    this.#momentum = tf.scalar(momentum);
    this.#weightDecay = tf.scalar(weightDecay);
  }

  /** Moves one parameter against its gradient. */
  update(parameter: Variable, gradient: Tensor): void {
    this.#tf.tidy(() => {
      const step = this.#tf.mul(this.#directionOf(parameter, gradient), this.#learningRate);
      parameter.assign(this.#tf.sub(parameter, step));
    });
  }

  #directionOf(parameter: Variable, gradient: Tensor): Tensor {
    const { momentum, nesterov, weightDecay } = this.#settings;
    const tf = this.#tf;
    const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, this.#weightDecay));
    if (momentum === 0) return decayed;
    const velocity = this.#velocity.get(parameter.name);
    const next = velocity === undefined ? decayed : tf.add(tf.mul(velocity, this.#momentum), decayed);
    if (velocity === undefined) this.#velocity.set(parameter.name, tf.variable(next, false));
    else velocity.assign(next);
    return nesterov ? tf.add(decayed, tf.mul(next, this.#momentum)) : next;
  }

  dispose(): void {
    for (const velocity of this.#velocity.values()) velocity.dispose();
    this.#velocity.clear();
    this.#tf.dispose([this.#learningRate, this.#momentum, this.#weightDecay]);
  }
}
