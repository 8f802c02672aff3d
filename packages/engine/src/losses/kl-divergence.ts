import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { unknownName } from "../settings/range.js";
import type { Loss } from "./loss.js";
import { type Reduction, reduced } from "./reduction.js";
import { sameShape } from "./shapes.js";

const reductions = ["mean", "batchmean", "sum", "none"] as const satisfies readonly (Reduction | "batchmean")[];

/** torch.nn.KLDivLoss: the outputs are log-probabilities, the targets probabilities. */
export interface KlDivSettings {
  readonly name: "kl-div";
  /** Whether the targets are log-probabilities, too. Default false. */
  readonly logTarget?: boolean;
  /** `batchmean`, the sum by the batch size, is the divergence itself; `mean` is over all values. Default `mean`. */
  readonly reduction?: (typeof reductions)[number];
}

/** Kullback-Leibler divergence of the targets from the outputs. @throws TributaryError `invalid_request` */
export function klDiv({ name, logTarget = false, reduction = "mean" }: KlDivSettings): Loss {
  if (!reductions.includes(reduction)) throw unknownName("reduction", reduction, reductions);
  return {
    apply: (tf, outputs, targets) => {
      const losses = (logTarget ? ofLogTargets : ofTargets)(tf, outputs, sameShape(tf, name, outputs, targets));
      if (reduction !== "batchmean") return reduced(tf, losses, reduction);
      const [batch = 1] = outputs.shape;
      return tf.div(tf.sum(losses), batch);
    },
  };
}

const ofLogTargets = (tf: TensorFlow, outputs: Tensor, targets: Tensor): Tensor =>
  tf.mul(tf.exp(targets), tf.sub(targets, outputs));

/** t (log t − x), where 0 log 0 is 0. */
function ofTargets(tf: TensorFlow, outputs: Tensor, targets: Tensor): Tensor {
  const entropies = tf.where(tf.equal(targets, 0), tf.zerosLike(targets), tf.mul(targets, tf.log(targets)));
  return tf.sub(entropies, tf.mul(targets, outputs));
}
