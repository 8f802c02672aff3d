import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
import { unknownName } from "../settings/range.js";
import { type AdadeltaSettings, adadelta } from "./adadelta.js";
import { type AdagradSettings, adagrad } from "./adagrad.js";
import { type AdamSettings, type AdamWSettings, adam } from "./adam.js";
import { type RmspropSettings, rmsprop } from "./rmsprop.js";
import { type SgdSettings, sgd } from "./sgd.js";

/** One parameter, its gradient, what is remembered for it and the numbers of the step. All but the scalars have one shape. */
export interface Move {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** By the names of `Optimizer.slots`. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** By the names of `Optimizer.scalars`. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

/** A parameter after its move, and what is remembered for the next one. */
export interface Moved {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** A rule that moves each parameter against its gradient. It holds nothing: what it remembers is given to it and comes back. */
export interface Optimizer {
  /** What it remembers for each parameter, by name, and the value that all of it begins with. */
  readonly slots: Readonly<Record<string, number>>;
  /**
   * The numbers of one step, the same names in all; they become scalar tensors, so that a recorded step can be replayed with
   * others.
   *
   * @param step from 1 on
   */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  /** Moves one parameter. It reads no value, so that it can be recorded; the caller tidies up. */
  apply(tf: TensorFlow, move: Move): Moved;
}

/** An optimizer by name. All but `name` and `learningRate` may be left out; the defaults are PyTorch's. */
export type OptimizerSettings =
  | SgdSettings
  | AdamSettings
  | AdamWSettings
  | AdagradSettings
  | RmspropSettings
  | AdadeltaSettings;

export const optimizerNames = [
  "sgd",
  "adam",
  "adamw",
  "adagrad",
  "rmsprop",
  "adadelta",
] as const satisfies readonly OptimizerSettings["name"][];

/**
 * The optimizer of these settings.
 *
 * @example
 * const optimizer = optimizerOf({ name: "adam", learningRate: 0.001 });
 * @throws TributaryError `invalid_request` when a setting is out of its range
 */
export function optimizerOf(settings: OptimizerSettings): Optimizer {
  const { name } = settings;
  switch (name) {
    case "sgd":
      return sgd(settings);
    case "adam":
    case "adamw":
      return adam(settings);
    case "adagrad":
      return adagrad(settings);
    case "rmsprop":
      return rmsprop(settings);
    case "adadelta":
      return adadelta(settings);
    default:
      throw unknownName("optimizer", name satisfies never, optimizerNames);
  }
}
