import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import type { Program } from "../graph/program.js";
import { type Clipping, clipGradients } from "../optimizers/clipping.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { gradientsOf, type LossFunction, type PassInput } from "./gradients.js";
import { type ObjectiveRule, objectiveGradient } from "./objective.js";

/** What the optimizer remembers and what its numbers are in this step. */
export interface MoveInput {
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** By `slotName`; what the objective needs too. */
  readonly slots: ReadonlyMap<string, Tensor>;
  readonly scalars: Readonly<Record<string, Tensor>>;
}

/** How gradients move parameters. */
export interface MoveRule {
  readonly optimizer: Optimizer;
  readonly clipping: Clipping;
  /** Default: the gradients as they are. */
  readonly objective?: ObjectiveRule;
}

/** What a step changed. Parameters and slots that it left alone are left out. */
export interface Moved {
  readonly parameters: Map<string, Tensor>;
  readonly slots: Map<string, Tensor>;
}

/** Tensors that the caller frees. */
export interface StepOutput extends Moved {
  /** Of the network before the move, in PyTorch's layout. */
  readonly outputs: readonly Tensor[];
  readonly loss: Scalar;
}

/** What the optimizer keeps under `slot` for a parameter. */
export const slotName = (parameter: string, slot: string): string => `${parameter}/${slot}`;

/**
 * One step of training as a function of tensors: forward, loss, gradients, move. It holds nothing and reads no value, so it can
 * be run as it is or be recorded and replayed.
 *
 * @throws TributaryError `invalid_graph` when no parameter is trained; `shape_mismatch`
 */
export function oneStep(
  backend: Backend,
  program: Program,
  rule: MoveRule & { readonly loss: LossFunction },
  given: PassInput & MoveInput,
): StepOutput {
  const { tf } = backend;
  const pass = gradientsOf(backend, program, rule.loss, given);
  try {
    const { parameters, slots } = moveParameters(backend, rule, pass.gradients, given);
    for (const [name, buffer] of pass.buffers) parameters.set(name, buffer);
    return { outputs: pass.outputs, loss: pass.loss, parameters, slots };
  } catch (error) {
    tf.dispose([...pass.outputs, pass.loss, ...pass.buffers.values()]);
    throw error;
  } finally {
    tf.dispose([...pass.gradients.values()]);
  }
}

/** Adds the objective's terms to the gradients, clips them and moves each parameter that has one. Nothing given is freed. */
export function moveParameters(
  { tf }: Backend,
  { optimizer, clipping, objective }: MoveRule,
  gradients: ReadonlyMap<string, Tensor>,
  given: MoveInput,
): Moved {
  const parameters = new Map<string, Tensor>();
  const slots = new Map<string, Tensor>();
  try {
    tf.tidy(() => {
      const names = [...gradients.keys()];
      const whole = [...gradients].map(([name, gradient]) => {
        if (objective === undefined) return gradient;
        const parameter = held(given.parameters.get(name), name);
        const slot = (of: string) => held(given.slots.get(slotName(name, of)), of);
        return objectiveGradient(tf, objective, gradient, { parameter, held: slot });
      });
      const clipped = clipGradients(tf, whole, clipping);
      for (const [index, name] of names.entries()) {
        const move = optimizer.apply(tf, {
          parameter: held(given.parameters.get(name), name),
          gradient: held(clipped[index], name),
          slots: Object.fromEntries(
            Object.keys(optimizer.slots).map((slot) => [slot, held(given.slots.get(slotName(name, slot)), slot)]),
          ),
          scalars: given.scalars,
        });
        parameters.set(name, tf.keep(move.parameter));
        for (const [slot, value] of Object.entries(move.slots)) slots.set(slotName(name, slot), tf.keep(value));
      }
    });
    return { parameters, slots };
  } catch (error) {
    tf.dispose([...parameters.values(), ...slots.values()]);
    throw error;
  }
}

function held(tensor: Tensor | undefined, name: string): Tensor {
  if (tensor === undefined) throw new TributaryError("internal", `a step has no tensor for ${name}`);
  return tensor;
}
