import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
export interface Optimizer {
  readonly slots: Readonly<Record<string, number>>;
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  apply(tf: TensorFlow, move: { parameter: Tensor; gradient: Tensor; slots: Readonly<Record<string, Tensor>>; scalars: Readonly<Record<string, Tensor>> }): { parameter: Tensor; slots: Readonly<Record<string, Tensor>> };
}
export type OptimizerSettings = {name: "sgd", learningRate: number, momentum?: number, dampening?: number, nesterov?: boolean, weightDecay?: number};
export const optimizerOf = (settings: OptimizerSettings): Optimizer => ({
  slots: {},
  scalars: (_, learningRate) => ({ learningRate }),
  apply: (tf, { parameter, gradient, scalars }) => ({ parameter: tf.sub(parameter, tf.mul(gradient, scalars.learningRate!)), slots: {} }),
});
