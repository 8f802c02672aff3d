import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { toChannelsFirst, toChannelsLast } from "../ops/channels.js";
import type { TrainingContext } from "../ops/op.js";
import type { Program } from "./program.js";

/** What a run of a program is given besides its inputs. */
export interface Surroundings {
  /** By name, in the layouts that `program.axes` asks for. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Given while training. */
  readonly training?: TrainingContext;
  /** Whether the inputs get gradients too. Default false. */
  readonly wantsInputGradients?: boolean;
  /**
   * Called for each buffer that a node changes, with its next value, of which it gives back what lives until the run ends. The last one
   * of a name counts. */
  readonly onBuffer?: (name: string, value: Tensor) => Tensor;
}

/**
 * Runs a program on one batch, node after node. Call it inside `tf.tidy` or under automatic differentiation, which free what
 * the nodes make in between.
 *
 * @param inputs in PyTorch's layout, `[batch, channels, height, width]` for images
 * @returns the outputs in PyTorch's layout
 * @throws TributaryError `invalid_graph`
 */
export function interpret(
  backend: Backend,
  program: Program,
  inputs: readonly Tensor[],
  { parameters, training, wantsInputGradients = false, onBuffer }: Surroundings,
): Tensor[] {
  const { tf } = backend;
  const values = new Map<string, Tensor>();
  program.inputs.forEach(({ name }, index) => {
    const input = inputs[index];
    if (input === undefined) throw new TributaryError("shape_mismatch", `there is nothing for the input "${name}"`);
    values.set(name, toChannelsLast(tf, input));
  });
  const held = new Map(parameters);
  const moved = new Set(wantsInputGradients ? program.inputs.map(({ name }) => name) : []);
  for (const { node, op } of program.steps) {
    const wantsInputGradient = node.inputs.some((name) => moved.has(name));
    if (wantsInputGradient || Object.values(node.parameters).some((name) => program.trained.has(name)))
      moved.add(node.name);
    const value = op.apply({
      backend,
      node,
      inputs: node.inputs.map((name) => named(values, name)),
      parameters: Object.fromEntries(Object.entries(node.parameters).map(([role, name]) => [role, named(held, name)])),
      wantsInputGradient,
      training,
      setBuffer: (role, next) => {
        const name = node.parameters[role];
        if (name === undefined) throw new TributaryError("invalid_graph", `${node.name}: there is no buffer "${role}"`);
        held.set(name, onBuffer?.(name, next) ?? next);
      },
    });
    values.set(node.name, value);
  }
  return program.outputs.map(({ name }) => toChannelsFirst(tf, named(values, name)));
}

function named(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (value === undefined) throw new TributaryError("invalid_graph", `nothing before it makes "${name}"`);
  return value;
}
