import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { unknownName } from "../settings/range.js";

/** What becomes of the single losses: their mean, their sum, or nothing. */
export type Reduction = "mean" | "sum" | "none";

const reductions: readonly string[] = ["mean", "sum", "none"] satisfies Reduction[];

/** @throws TributaryError `invalid_request` for a name that is none */
export function checkReduction(reduction: Reduction): void {
  if (!reductions.includes(reduction)) throw unknownName("reduction", reduction, reductions);
}

/** @param mean the mean, where it is not the sum by the count */
export function reduced(
  tf: TensorFlow,
  losses: Tensor,
  reduction: Reduction,
  mean: () => Tensor = () => tf.mean(losses),
): Tensor {
  switch (reduction) {
    case "mean":
      return mean();
    case "sum":
      return tf.sum(losses);
    case "none":
      return losses;
    default:
      return reduction satisfies never;
  }
}
