import type { Parameter, ParameterSet } from "@tributary/protocol";
import type { Dense } from "../graph/dense.js";

/** What a network gave for one batch, copied out of the engine. */
export interface StepResult {
  /** Of the network's first output before the move, in PyTorch's layout. */
  readonly outputs: Float32Array;
  readonly loss: number;
}

/** One step of training, again and again: it holds the parameters and what the optimizer remembers. */
export interface TrainingStep {
  /** Of the optimizer, since the parameters were last given. */
  readonly steps: number;
  /** Computes gradients on a checked batch and moves the parameters, at once or when a step's samples are together. @param learningRate above 0 */
  run(input: Dense, targets: Dense, learningRate: number): StepResult;
  /** In PyTorch's layout. */
  parameters(): Parameter[];
  /** Goes on from other parameters; the optimizer forgets, and a proximal term draws towards them. @throws TributaryError `shape_mismatch` */
  set(parameters: ParameterSet): void;
  dispose(): void;
}

/** Where the randomness of a training comes from. */
export interface Seeding {
  readonly seed: number;
  /** Names the random streams of this training: `["train", round, worker]`. */
  readonly streamName: readonly (string | number)[];
}
