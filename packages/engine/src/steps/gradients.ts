import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend, TensorFlow } from "../backend/backend.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";
import type { DropoutMask } from "../ops/op.js";

/** A loss as a function of what a network gives: a scalar, differentiable. */
export type LossFunction = (outputs: readonly Tensor[]) => Tensor;

/** Everything that a pass of training reads. */
export interface PassInput {
  /** In PyTorch's layout. */
  readonly inputs: readonly Tensor[];
  /** By name, in the engine's layouts; buffers too. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly dropoutMask: DropoutMask;
  /** Whether the inputs get gradients too. */
  readonly wantsInputGradients?: boolean;
}

/** What a pass of training makes: tensors that the caller frees. */
export interface PassOutput {
  /** Of the network, in PyTorch's layout. */
  readonly outputs: readonly Tensor[];
  readonly loss: Scalar;
  /** By name, in the engine's layouts. A parameter that the loss does not depend on has none. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** As the inputs; undefined for those that the loss does not depend on, or that nobody asked for. */
  readonly inputGradients: readonly (Tensor | undefined)[];
  /** By name: the buffers that changed. */
  readonly buffers: ReadonlyMap<string, Tensor>;
}

/**
 * Forward and backward through a network in training mode. It holds nothing and reads no value, so it can be run as it is or be
 * recorded and replayed. Call it inside `tf.tidy` or free what it gives.
 *
 * @throws TributaryError `invalid_graph` when no parameter is trained; `shape_mismatch` when the loss is not one number
 */
export function gradientsOf(backend: Backend, program: Program, loss: LossFunction, given: PassInput): PassOutput {
  const names = [...program.trained];
  const trained = names.map((name) => {
    const tensor = given.parameters.get(name);
    if (tensor === undefined) throw new TributaryError("internal", `there is no tensor for ${name}`);
    return tensor;
  });
  const sources = given.wantsInputGradients ? [...trained, ...given.inputs] : trained;
  if (sources.length === 0) throw new TributaryError("invalid_graph", "the graph has no parameter to train");
  const { tf } = backend;
  const kept: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    // What a network passes on unchanged is the caller's and is freed by it: a copy of the handle is ours.
    const own = tf.keep(tf.clone(tensor));
    kept.push(own);
    return own;
  };
  const buffers = new Map<string, Tensor>();
  const gradients = new Map<string, Tensor>();
  let inputGradients: (Tensor | undefined)[] = [];
  let outputs: readonly Tensor[] = [];
  const forward = () => {
    const made = interpret(backend, program, given.inputs, {
      parameters: given.parameters,
      training: { dropoutMask: given.dropoutMask },
      wantsInputGradients: given.wantsInputGradients === true,
      onBuffer: (name, next) => {
        buffers.get(name)?.dispose();
        const kept = keep(next);
        buffers.set(name, kept);
        return kept;
      },
    });
    outputs = made.map(keep);
    return asScalar(backend, loss(made));
  };
  const compute = () => {
    const { value, grads } = tf.engine().gradients(forward, sources, undefined, true);
    // A gradient that is missing is null or undefined, whatever the types say.
    const found = grads.map((gradient: Tensor | null | undefined) => (gradient ? keep(gradient) : undefined));
    for (const [index, name] of names.entries()) {
      const gradient = found[index];
      if (gradient !== undefined) gradients.set(name, gradient);
    }
    if (given.wantsInputGradients) inputGradients = found.slice(names.length);
    return keep(value);
  };
  try {
    const value = tf.tidy(compute);
    return { outputs, loss: value, gradients, inputGradients, buffers };
  } catch (error) {
    tf.dispose(kept);
    freeTape(tf);
    throw error;
  }
}

/** What TensorFlow.js saved for a way back that is never gone; it frees that itself only when all went well. */
function freeTape(tf: TensorFlow): void {
  const { state } = tf.engine();
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
  state.activeTape = [];
}

function asScalar({ tf }: Backend, loss: Tensor): Scalar {
  if (loss.size !== 1)
    throw new TributaryError("shape_mismatch", `a loss to train by is one number, got [${loss.shape}]`, {
      hint: 'Set its reduction to "mean" or "sum".',
    });
  return tf.reshape(loss, []);
}
