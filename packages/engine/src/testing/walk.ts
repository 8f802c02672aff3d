import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import type { Optimizer } from "../optimizers/optimizer.js";

interface Way {
  readonly start: { readonly shape: readonly number[]; readonly values: readonly number[] };
  /** Of each step, as long as `start`. */
  readonly gradients: readonly (readonly number[])[];
  /** Of each step. */
  readonly learningRates: readonly number[];
}

/** Takes one parameter along given gradients. @returns its values after each step */
export function walk(tf: TensorFlow, optimizer: Optimizer, { start, gradients, learningRates }: Way): Float32Array[] {
  const shape = [...start.shape];
  return tf.tidy(() => {
    let parameter: Tensor = tf.tensor([...start.values], shape);
    let slots: Readonly<Record<string, Tensor>> = Object.fromEntries(
      Object.entries(optimizer.slots).map(([name, value]) => [name, tf.fill(shape, value)]),
    );
    return gradients.map((gradient, index) => {
      const numbers = Object.entries(optimizer.scalars(index + 1, learningRates[index] ?? Number.NaN));
      const scalars = Object.fromEntries(numbers.map(([name, value]) => [name, tf.scalar(value)]));
      const moved = optimizer.apply(tf, { parameter, gradient: tf.tensor([...gradient], shape), slots, scalars });
      ({ parameter, slots } = moved);
      return Float32Array.from(parameter.dataSync());
    });
  });
}
