import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";
import type { DropoutMask } from "../ops/op.js";
import { type Clipping, clipGradients } from "../optimizers/clipping.js";
import type { Optimizer } from "../optimizers/optimizer.js";

/** What a step does, whatever the batch. */
export interface StepRule {
  readonly loss: (outputs: Tensor, targets: Tensor) => Tensor;
  readonly optimizer: Optimizer;
  readonly clipping: Clipping;
}

/** Everything that a step reads. */
export interface StepInput {
  readonly inputs: readonly Tensor[];
  readonly targets: Tensor;
  /** What the optimizer's numbers are in this step. */
  readonly scalars: Readonly<Record<string, Tensor>>;
  readonly dropoutMask: DropoutMask;
  /** By name, in the engine's layouts; buffers too. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** What the optimizer remembers, by `slotName`. */
  readonly slots: ReadonlyMap<string, Tensor>;
}

/** Everything that a step makes. Parameters and slots that it did not change are left out. */
export interface StepOutput {
  /** The first of the network, before the move, in PyTorch's layout. */
  readonly outputs: Tensor;
  readonly loss: Scalar;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly slots: ReadonlyMap<string, Tensor>;
}

/** What the optimizer keeps under `slot` for a parameter. */
export const slotName = (parameter: string, slot: string): string => `${parameter}/${slot}`;

/**
 * One step of training as a function of tensors: forward, loss, gradients, move. It holds nothing and reads no value, so
 * it can be run as it is or be recorded and replayed.
 *
 * @returns tensors that the caller frees
 * @throws TributaryError `invalid_graph` when no parameter is trained or reached
 */
export function oneStep(backend: Backend, program: Program, rule: StepRule, given: StepInput): StepOutput {
  const { tf } = backend;
  const kept: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    kept.push(tf.keep(tensor));
    return tensor;
  };
  const made = { outputs: undefined as Tensor | undefined };
  const parameters = new Map<string, Tensor>();
  const slots = new Map<string, Tensor>();
  const names = [...program.trained];
  const trained = names.map((name) => held(given.parameters, name));
  if (trained.length === 0) throw new TributaryError("invalid_graph", "the graph has no parameter to train");
  try {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.engine().gradients(
        () => {
          const [first] = interpret(backend, program, given.inputs, {
            parameters: given.parameters,
            training: { dropoutMask: given.dropoutMask },
            onBuffer: (name, next) => parameters.set(name, keep(next)),
          });
          if (first === undefined) throw new TributaryError("invalid_graph", "the graph has no output");
          made.outputs = keep(first);
          return rule.loss(first, given.targets);
        },
        trained,
        undefined,
        true,
      );
      const reached = names.flatMap((name, index) => {
        const gradient: Tensor | null | undefined = grads[index];
        return gradient ? [{ name, gradient }] : [];
      });
      const clipped = clipGradients(
        tf,
        reached.map(({ gradient }) => gradient),
        rule.clipping,
      );
      for (const [index, { name }] of reached.entries()) {
        const move = rule.optimizer.apply(tf, {
          parameter: held(given.parameters, name),
          gradient: held(clipped, index),
          slots: Object.fromEntries(
            Object.keys(rule.optimizer.slots).map((slot) => [slot, held(given.slots, slotName(name, slot))]),
          ),
          scalars: given.scalars,
        });
        parameters.set(name, keep(move.parameter));
        for (const [slot, value] of Object.entries(move.slots)) slots.set(slotName(name, slot), keep(value));
      }
      return tf.reshape<Scalar>(value, []);
    });
    return { outputs: held([made.outputs], 0), loss, parameters, slots };
  } catch (error) {
    tf.dispose(kept);
    throw error;
  }
}

function held<K>(tensors: { get(key: K): Tensor | undefined } | readonly (Tensor | undefined)[], key: K & (string | number)): Tensor {
  const tensor = "get" in tensors ? tensors.get(key) : tensors[Number(key)];
  if (tensor === undefined) throw new TributaryError("internal", `a step has no tensor for ${key}`);
  return tensor;
}
