import type { Graph, GraphNode, GraphValue } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Op } from "../ops/op.js";
import { ops } from "../ops/registry.js";

/** A graph whose every op is known, ready to be interpreted. */
export interface Program {
  readonly graph: Graph;
  readonly steps: readonly { readonly node: GraphNode; readonly op: Op }[];
  readonly input: GraphValue;
  readonly output: GraphValue;
  /** By parameter: the axes of PyTorch's layout in the order of the engine's. Absent where both are the same. */
  readonly axes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Looks up every op of a graph with one input and one output.
 * @throws TributaryError `invalid_graph`
 */
export function programOf(graph: Graph): Program {
  const steps = graph.nodes.map((node) => ({ node, op: opOf(node) }));
  const [input, ...moreInputs] = graph.inputs;
  if (input === undefined || moreInputs.length > 0)
    throw new TributaryError("invalid_graph", `the graph has ${graph.inputs.length} inputs; the engine runs one`);
  const [outputName, ...moreOutputs] = graph.outputs;
  const output = [input, ...graph.nodes].find(({ name }) => name === outputName);
  if (output === undefined || moreOutputs.length > 0)
    throw new TributaryError("invalid_graph", `the graph has ${graph.outputs.length} outputs; the engine runs one`);
  return { graph, steps, input, output, axes: axesOf(steps) };
}

/** How many classes a classifier tells apart: its output is `[batch, classes]`. @throws TributaryError `invalid_graph` */
export function classesOf({ output }: Program): number {
  const [batch, classes, ...rest] = output.shape;
  if (batch !== -1 || classes === undefined || rest.length > 0)
    throw new TributaryError("invalid_graph", `a classifier's output is [batch, classes], got [${output.shape}]`);
  return classes;
}

function opOf(node: GraphNode): Op {
  const op = ops.get(node.op);
  if (op === undefined) throw new TributaryError("invalid_graph", `${node.name}: there is no op "${node.op}"`);
  return op;
}

function axesOf(steps: Program["steps"]): Map<string, readonly number[]> {
  const all = new Map<string, readonly number[] | undefined>();
  for (const { node, op } of steps)
    for (const [role, parameter] of Object.entries(node.parameters)) {
      const wanted = op.axes?.[role];
      if (all.has(parameter) && all.get(parameter)?.join() !== wanted?.join())
        throw new TributaryError("invalid_graph", `${parameter}: two nodes want it in unlike layouts`);
      all.set(parameter, wanted);
    }
  const axes = new Map<string, readonly number[]>();
  for (const [parameter, wanted] of all) if (wanted !== undefined) axes.set(parameter, wanted);
  return axes;
}
