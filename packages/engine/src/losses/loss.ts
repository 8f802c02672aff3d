import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { unknownName } from "../settings/range.js";
import { type BceSettings, type BceWithLogitsSettings, bce, bceWithLogits } from "./binary-cross-entropy.js";
import { type CrossEntropySettings, crossEntropy } from "./cross-entropy.js";
import {
  type HuberSettings,
  huber,
  type L1Settings,
  l1,
  type MseSettings,
  mse,
  type SmoothL1Settings,
  smoothL1,
} from "./distance.js";
import { type KlDivSettings, klDiv } from "./kl-divergence.js";
import { type NllSettings, nll } from "./nll.js";

/** A loss, differentiable by the outputs. It reads no value, so that it can be recorded. */
export interface Loss {
  /**
   * @param outputs `[batch, classes, ...]`, PyTorch's layout
   * @param targets classes: int32, the outputs' shape without dimension 1. Or float32 of the outputs' shape: one-hot,
   *   probabilities, values
   * @returns a scalar; for the reduction `none` the shape that PyTorch gives: `[batch, ...]` of a loss of classes, else
   *   the outputs'
   * @throws TributaryError `shape_mismatch` when targets or weights do not fit the outputs
   */
  apply(tf: TensorFlow, outputs: Tensor, targets: Tensor): Tensor;
}

/** A loss by name. All but `name` may be left out; the defaults are PyTorch's. */
export type LossSettings =
  | CrossEntropySettings
  | NllSettings
  | BceSettings
  | BceWithLogitsSettings
  | MseSettings
  | L1Settings
  | SmoothL1Settings
  | HuberSettings
  | KlDivSettings;

export const lossNames = [
  "cross-entropy",
  "nll",
  "bce",
  "bce-with-logits",
  "mse",
  "l1",
  "smooth-l1",
  "huber",
  "kl-div",
] as const satisfies readonly LossSettings["name"][];

/**
 * The loss of these settings.
 *
 * @example
 * const loss = lossOf({ name: "cross-entropy", labelSmoothing: 0.1 });
 * @throws TributaryError `invalid_request` when a setting is out of its range
 */
export function lossOf(settings: LossSettings): Loss {
  const { name } = settings;
  switch (name) {
    case "cross-entropy":
      return crossEntropy(settings);
    case "nll":
      return nll(settings);
    case "bce":
      return bce(settings);
    case "bce-with-logits":
      return bceWithLogits(settings);
    case "mse":
      return mse(settings);
    case "l1":
      return l1(settings);
    case "smooth-l1":
      return smoothL1(settings);
    case "huber":
      return huber(settings);
    case "kl-div":
      return klDiv(settings);
    default:
      throw unknownName("loss", name satisfies never, lossNames);
  }
}
