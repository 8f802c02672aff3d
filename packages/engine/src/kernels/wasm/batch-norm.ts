import type { TensorFlow } from "../../backend/backend.js";
import type { Kernels } from "../kernels.js";
import { rank1 } from "../rank.js";

/** A batch norm made of means, whose gradient follows from theirs. */
export function batchNorm(tf: TensorFlow): Kernels["batchNorm"] {
  return (x, scale, shift, eps, onStatistics) => {
    const [batch, height, width, channels] = x.shape;
    const count = batch * height * width;
    const rows = tf.reshape(x, [count, channels]);
    const mean = tf.mean(rows, 0);
    const centred = tf.sub(rows, mean);
    const variance = tf.mean(tf.square(centred), 0);
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, eps)));
    // Of one value there is no variance as of a sample; PyTorch refuses it, here the running one moves by 0.
    const sample = tf.mul(variance, count > 1 ? count / (count - 1) : 1);
    onStatistics(rank1(mean, "batch_norm"), rank1(sample, "batch_norm"));
    return tf.reshape(tf.add(tf.mul(centred, factor), shift), x.shape);
  };
}
