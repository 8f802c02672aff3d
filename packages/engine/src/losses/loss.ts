import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
export type LossSettings = { readonly name: "cross-entropy" } | { readonly name: "nll" };
export interface Loss { apply(tf: TensorFlow, outputs: Tensor, targets: Tensor): Tensor }
export const lossOf = (settings: LossSettings): Loss => ({
  apply(tf, outputs, targets) {
    const logs = settings.name === "nll" ? outputs : tf.logSoftmax(outputs);
    const oneHot = targets.dtype === "int32" ? tf.cast(tf.oneHot(targets as never, outputs.shape[1] ?? 1), "float32") : targets;
    return tf.mul(tf.sum(tf.mul(logs, oneHot)), -1 / (outputs.shape[0] ?? 1));
  },
});
