import type { Tensor } from "@tensorflow/tfjs-core";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { toChannelsFirst, toChannelsLast } from "../ops/channels.js";
import type { DropoutMask } from "../ops/op.js";
import type { Program } from "./program.js";

/**
 * Runs a program on one batch, node after node. Call it inside `tf.tidy` or under `tf.variableGrads`, which frees what the
 * nodes make in between.
 *
 * @param parameters by name, in the layouts that `program.axes` asks for
 * @param input in PyTorch's layout, `[batch, channels, height, width]` for images
 * @param dropoutMask given while training
 * @returns the output in PyTorch's layout
 * @throws TributaryError `invalid_graph`
 */
export function interpret(
  backend: Backend,
  program: Program,
  parameters: ReadonlyMap<string, Tensor>,
  input: Tensor,
  dropoutMask?: DropoutMask,
): Tensor {
  const values = new Map([[program.input.name, toChannelsLast(backend.tf, input)]]);
  const trained = new Set<string>();
  for (const { node, op } of program.steps) {
    const wantsInputGradient = node.inputs.some((name) => trained.has(name));
    if (wantsInputGradient || Object.keys(node.parameters).length > 0) trained.add(node.name);
    const value = op.apply({
      backend,
      node,
      inputs: node.inputs.map((name) => valueNamed(values, name)),
      parameters: Object.fromEntries(
        Object.entries(node.parameters).map(([role, name]) => [role, valueNamed(parameters, name)]),
      ),
      wantsInputGradient,
      dropoutMask,
    });
    values.set(node.name, value);
  }
  return toChannelsFirst(backend.tf, valueNamed(values, program.output.name));
}

function valueNamed(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (value === undefined) throw new TributaryError("invalid_graph", `nothing before it makes "${name}"`);
  return value;
}
