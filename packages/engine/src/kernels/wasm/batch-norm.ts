import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../../backend/backend.js";
import { differentiable } from "../differentiable.js";
import type { Kernels } from "../kernels.js";
import { rank4 } from "../rank.js";
import { columnProducts, columnSums } from "./columns.js";
import { heapOf } from "./heap.js";

/**
 * A batch norm whose statistics and gradient sums are taken in place: y = scale · x̂ + shift with x̂ = (x − mean) / √(variance + eps).
 * With sums over a channel's N values, its gradients are Σdy of the shift, Σ(dy · x̂) of the scale, and
 * scale / √(variance + eps) · (dy − Σdy / N − x̂ · Σ(dy · x̂) / N) of x (Ioffe and Szegedy 2015, section 3).
 */
export function batchNorm(tf: TensorFlow, backend: BackendWasm): Kernels["batchNorm"] {
  const tensor = (values: Iterable<number>): Tensor1D => tf.tensor1d(Float32Array.from(values));
  return (x, scale, shift, eps, onStatistics) => {
    const [batch, height, width, channels] = x.shape;
    const count = batch * height * width;
    const values = heapOf(backend, x);
    const mean = columnSums(values, channels).map((sum) => sum / count);
    // Σ x (x − mean) is Σ (x − mean)², because Σ mean (x − mean) is 0.
    const variance = columnProducts(values, values, mean).map((sum) => sum / count);
    const deviation = variance.map((value) => Math.sqrt(value + eps));
    // Of one value there is no variance as of a sample; PyTorch refuses it, here the running one moves by 0.
    const sample = variance.map((value) => (count > 1 ? (value * count) / (count - 1) : value));
    return differentiable<Tensor4D>(tf, {
      inputs: [x, scale, shift],
      forward: () => {
        onStatistics(tensor(mean), tensor(sample));
        const factor = tf.div(scale, tensor(deviation));
        return tf.add(tf.mul(x, factor), tf.sub(shift, tf.mul(tensor(mean), factor)));
      },
      save: () => [x, scale],
      gradients: (dy, [x, scale]) => {
        const images = rank4(x, "batch_norm");
        const dys = heapOf(backend, dy);
        const shiftGradient = columnSums(dys, channels);
        const scaleGradient = columnProducts(dys, heapOf(backend, images), mean).map(
          (sum, channel) => sum / Number(deviation[channel]),
        );
        const factor = tf.div(scale ?? tf.ones([channels]), tensor(deviation));
        // Of dy − Σdy / N − x̂ · Σ(dy · x̂) / N: what x is multiplied by, and what does not depend on dy or x.
        const slope = scaleGradient.map((sum, channel) => -sum / count / Number(deviation[channel]));
        const offset = shiftGradient.map(
          (sum, channel) => -sum / count - Number(mean[channel]) * Number(slope[channel]),
        );
        const inner = tf.add(dy, tf.add(tf.mul(images, tensor(slope)), tensor(offset)));
        return [tf.mul(inner, factor), tensor(scaleGradient), tensor(shiftGradient)];
      },
    });
  };
}
