import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import { type LossSettings, lossOf } from "../losses/loss.js";
import { type Clipping, checkClipping } from "../optimizers/clipping.js";
import { type Optimizer, type OptimizerSettings, optimizerOf } from "../optimizers/optimizer.js";
import { type ObjectiveRule, objectiveRuleOf, type StepObjective } from "./objective.js";

/** What a step of training does, whatever the batch. */
export interface StepSettings {
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
  /** Default: no clipping. */
  readonly clipping?: Clipping;
  /** Default: the loss alone. */
  readonly objective?: StepObjective;
}

/** The same, ready to run. */
export interface StepRule {
  /** Of a network's only or first output. */
  readonly loss: (outputs: Tensor, targets: Tensor) => Tensor;
  readonly optimizer: Optimizer;
  readonly clipping: Clipping;
  readonly objective: ObjectiveRule;
  /** Whether the loss of a batch is the sum over its samples, not their mean. */
  readonly isSum: boolean;
  /** The same for settings that differ by the learning rate only, which a recorded step is given anew each time. */
  readonly key: string;
}

/** @throws TributaryError `invalid_request` when a setting is out of its range */
export function ruleOf(tf: TensorFlow, { loss, optimizer, clipping = {}, objective }: StepSettings): StepRule {
  const { learningRate: _, ...rest } = optimizer;
  const lossRule = lossOf(loss);
  checkClipping(clipping);
  const objectiveRule = objectiveRuleOf(objective);
  if (loss.reduction === "none")
    throw new TributaryError("invalid_request", `${loss.name}: a step needs one number; its reduction can't be none`);
  return {
    loss: (outputs, targets) => lossRule.apply(tf, outputs, targets),
    optimizer: optimizerOf(optimizer),
    clipping,
    objective: objectiveRule,
    isSum: loss.reduction === "sum",
    key: JSON.stringify([loss, rest, clipping, objectiveRule]),
  };
}
