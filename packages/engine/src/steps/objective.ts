import type { Tensor } from "@tensorflow/tfjs-core";
import { elementCount, type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { TensorFlow } from "../backend/backend.js";
import type { Program } from "../graph/program.js";
import { fromZero, wholeAboveZero } from "../settings/range.js";

/**
 * What is trained by besides the loss F. With w the parameters and w₀ those that training began with, the gradient of each step,
 * before clipping, is
 *
 *     ∇F(w) + proximalMu · (w − w₀) + correction
 *
 * for each parameter that the loss depends on.
 */
export interface StepObjective {
  /** μ of FedProx's term μ/2 · ‖w − w₀‖² (Li et al. 2020, equation 2), from 0. Default 0. */
  readonly proximalMu?: number;
  /**
   * One vector that is added in every step, as SCAFFOLD's c − c_k: trained parameters by name, in PyTorch's layout and in any
   * order; those that are left out are 0. Default: none.
   */
  readonly correction?: ParameterSet;
  /**
   * Make one step of so many samples, over several batches: the mean of their gradients, each weighted by its samples (the sum,
   * where the loss has `reduction: "sum"`). Batches after the last whole step make none. Default: each batch is a step.
   */
  readonly samplesPerStep?: number;
}

/** The same as far as it shapes a step, whatever the values of the correction. */
export interface ObjectiveRule {
  /** 0: no such term. */
  readonly proximalMu: number;
  readonly isCorrected: boolean;
}

/** What a step holds for each trained parameter under this name: w₀, where there is a proximal term. */
export const START = "objective/start";
/** And the correction, where there is one. */
export const CORRECTION = "objective/correction";

/** @throws TributaryError `invalid_request` when a setting is out of its range */
export function objectiveRuleOf(objective: StepObjective = {}): ObjectiveRule {
  fromZero("objective", objective, "proximalMu");
  wholeAboveZero("objective", objective, "samplesPerStep");
  return { proximalMu: objective.proximalMu ?? 0, isCorrected: objective.correction !== undefined };
}

/**
 * The vector for each trained parameter, in the graph's order.
 * @throws TributaryError `shape_mismatch` when one is for no trained parameter, of another shape, or there twice
 */
export function correctionFor(program: Program, correction: ParameterSet): Parameter[] {
  const given = new Map(correction.map((vector) => [vector.name, vector]));
  if (given.size !== correction.length) throw new TributaryError("shape_mismatch", "a correction has a name twice");
  const trained = program.graph.parameters.filter(({ name }) => program.trained.has(name));
  const full = trained.map(({ name, shape }): Parameter => {
    const vector = given.get(name);
    given.delete(name);
    const elements = elementCount(shape);
    if (vector === undefined) return { name, shape, values: new Float32Array(elements) };
    if (String(vector.shape) !== String(shape) || vector.values.length !== elements)
      throw new TributaryError("shape_mismatch", `the correction of ${name} is [${vector.shape}], expected [${shape}]`);
    return vector;
  });
  for (const name of given.keys())
    throw new TributaryError("shape_mismatch", `a correction is for ${name}, which is no trained parameter`);
  return full;
}

/** The gradient that a step is made with. Reads no value, so that it can be recorded; the caller tidies up. */
export function objectiveGradient(
  tf: TensorFlow,
  { proximalMu, isCorrected }: ObjectiveRule,
  gradient: Tensor,
  { parameter, held }: { readonly parameter: Tensor; readonly held: (name: string) => Tensor },
): Tensor {
  const pulled = proximalMu === 0 ? gradient : tf.add(gradient, tf.mul(tf.sub(parameter, held(START)), proximalMu));
  return isCorrected ? tf.add(pulled, held(CORRECTION)) : pulled;
}
