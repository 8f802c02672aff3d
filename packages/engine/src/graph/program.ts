import type { Graph, GraphNode, GraphValue } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Axes, Op } from "../ops/op.js";
import { engineOp } from "../ops/registry.js";

/** A graph whose every op is known, ready to be interpreted. */
export interface Program {
  readonly graph: Graph;
  readonly steps: readonly { readonly node: GraphNode; readonly op: Op }[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Names of the parameters that training moves. */
  readonly trained: ReadonlySet<string>;
  /** Names of the buffers, which training changes in passing. */
  readonly buffers: ReadonlySet<string>;
  /** By parameter: the axes of PyTorch's layout in the order of the engine's. Absent where both are the same. */
  readonly axes: ReadonlyMap<string, Axes>;
  /** By input that is looked up in an embedding: how many rows that has. */
  readonly indexed: ReadonlyMap<string, number>;
}

/**
 * Looks up every op of a graph.
 * @throws TributaryError `invalid_graph`
 */
export function programOf(graph: Graph): Program {
  const steps = graph.nodes.map((node) => ({ node, op: opOf(node) }));
  const values = new Map([...graph.inputs, ...graph.nodes].map((value) => [value.name, value]));
  return {
    graph,
    steps,
    inputs: graph.inputs,
    outputs: graph.outputs.map((name) => {
      const value = values.get(name);
      if (value === undefined) throw new TributaryError("invalid_graph", `nothing makes the output "${name}"`);
      return value;
    }),
    trained: new Set(graph.parameters.filter(({ trainable }) => trainable).map(({ name }) => name)),
    buffers: new Set(graph.parameters.filter(({ buffer }) => buffer).map(({ name }) => name)),
    axes: axesOf(graph, steps),
    indexed: indexedInputs(graph),
  };
}

/** The only output of a network that has one. @throws TributaryError `invalid_graph` */
export function onlyOutput({ outputs }: Program): GraphValue {
  const [value, ...others] = outputs;
  if (value === undefined || others.length > 0)
    throw new TributaryError("invalid_graph", `the graph has ${outputs.length} outputs; one is wanted here`);
  return value;
}

function opOf(node: GraphNode): Op {
  const op = engineOp(node.op);
  if (op === undefined) throw new TributaryError("invalid_graph", `${node.name}: there is no op "${node.op}"`);
  return op;
}

function axesOf({ parameters }: Graph, steps: Program["steps"]): Map<string, Axes> {
  const ranks = new Map(parameters.map(({ name, shape }) => [name, shape.length]));
  const all = new Map<string, Axes | undefined>();
  for (const { node, op } of steps)
    for (const [role, parameter] of Object.entries(node.parameters)) {
      const rule = op.axes?.[role];
      const wanted = typeof rule === "function" ? rule(ranks.get(parameter) ?? 0) : rule;
      if (all.has(parameter) && all.get(parameter)?.join() !== wanted?.join())
        throw new TributaryError("invalid_graph", `${parameter}: two nodes want it in unlike layouts`);
      all.set(parameter, wanted);
    }
  const axes = new Map<string, Axes>();
  for (const [parameter, wanted] of all) if (wanted !== undefined) axes.set(parameter, wanted);
  return axes;
}

function indexedInputs({ inputs, nodes, parameters }: Graph): Map<string, number> {
  const rows = new Map(parameters.map(({ name, shape }) => [name, shape[0] ?? 0]));
  const names = new Set(inputs.map(({ name }) => name));
  const indexed = new Map<string, number>();
  for (const node of nodes) {
    const [input] = node.inputs;
    if (node.op !== "embedding" || input === undefined || !names.has(input)) continue;
    const limit = rows.get(node.parameters.weight ?? "") ?? 0;
    indexed.set(input, Math.min(limit, indexed.get(input) ?? limit));
  }
  return indexed;
}
