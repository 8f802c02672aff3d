/**
 * What a strategy asks of a worker's training besides the section `training` of the JobSpec. It is data, since no code
 * travels: a worker knows these terms and no others, and refuses what it does not know.
 *
 * With w the parameters being trained and wᵗ the global model that the worker began with, each step's gradient is
 *
 *     ∇F_k(w) + proximalMu · (w − wᵗ) + Σ scale · vector        (over `gradientCorrection`)
 */
export interface LocalObjective {
  /** μ of the term μ/2 · ‖w − wᵗ‖² in the loss. Absent: 0. */
  readonly proximalMu?: number;
  /** Vectors that are added to the gradient of every step, the same in all of them. Absent: none. */
  readonly gradientCorrection?: readonly GradientCorrection[];
  /**
   * Stop after this many steps of the optimizer, or where `training.maxBatches`, without it `training.epochs`, ends earlier. Absent:
   * no further limit.
   */
  readonly localSteps?: number;
  /** Take each step with the gradient over the whole shard, in place of a batch. Absent: false. */
  readonly fullBatch?: boolean;
  /**
   * Largest L2 norm of all gradients of a step together, and largest absolute value of one. Those of the section `training` hold
   * besides, and travel in the same places, so that workers of every build keep to the smaller ones. Absent: no further limit.
   */
  readonly clipNorm?: number;
  readonly clipValue?: number;
  /** All vectors of the strategy's state: they are sent along with the global model, as the one blob that they are kept as. Absent: none. */
  readonly sends?: readonly string[];
  /** Vectors that a worker keeps from one of its rounds to the next, each all 0 at first. Absent: none. */
  readonly keeps?: readonly string[];
  /** Vectors that a worker sends back besides its model. Absent: none. */
  readonly returns?: readonly string[];
  /** What becomes of the kept vectors after training, and what is sent back. Absent: nothing is kept. */
  readonly afterTraining?: AfterTraining;
  /**
   * Patterns of names of parameters that stay at the worker: it begins with its own of the round before, and sends back the
   * global model's values in their place, so that nobody sees them. `*` stands for any letters. Absent: none.
   */
  readonly localParameters?: readonly string[];
  /** A model of the worker's own that it trains besides. Absent: none. */
  readonly personal?: PersonalModel;
}

/** A vector that is added to the gradient. */
export interface GradientCorrection {
  /** A name in `sends` or in `keeps`. */
  readonly vector: string;
  /** What it is multiplied by. */
  readonly scale: number;
}

/**
 * - `scaffold`: the control variate by option II, `nextControlVariate`; its change is sent back.
 * - `feddyn`: the gradient of the local loss, `nextLocalGradient`.
 */
export type AfterTraining = { readonly rule: "scaffold" } | { readonly rule: "feddyn"; readonly alpha: number };

/** Ditto's second model: it is trained as the first, drawn towards the global model, kept, and never sent. */
export interface PersonalModel {
  /** λ of the term λ/2 · ‖v − wᵗ‖² in its loss. */
  readonly lambda: number;
  /** Passes over the shard a round. */
  readonly epochs: number;
}
