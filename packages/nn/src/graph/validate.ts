import { elementCount, TributaryError } from "@tributary/protocol";
import { opNamed } from "../ops/catalogue.js";
import { checkNode, type NodeParameter } from "../ops/check-node.js";
import { checkBounds } from "./bounds.js";
import type { Graph, GraphNode, Initialiser } from "./graph.js";
import { LIMITS } from "./limits.js";

const invalid = (message: string) => new TributaryError("invalid_graph", message);

/** Of the values made so far, by name. */
type Shapes = Map<string, readonly number[]>;
type Parameters = Map<string, NodeParameter>;

/**
 * Checks a graph that came from outside: ops of the catalogue, inputs made before they are used (so no cycle), names used once,
 * parameters that exist and fit, and every shape as inferred again.
 *
 * @returns the same graph
 * @throws TributaryError `invalid_graph`, `shape_mismatch` naming the node
 */
export function validateGraph(graph: Graph): Graph {
  checkBounds(graph);
  if (graph.inputs.length === 0) throw invalid("the graph has no input");
  if (graph.outputs.length === 0) throw invalid("the graph has no output");
  const parameters = checkParameters(graph);
  const values: Shapes = new Map();
  for (const { name, shape } of graph.inputs) {
    checkInputShape(name, shape);
    define(values, name, shape);
  }
  const used = new Set<string>();
  for (const node of graph.nodes) checkInPlace(node, values, parameters, used);
  const unused = graph.parameters.find(({ name }) => !used.has(name));
  if (unused) throw invalid(`no node uses the parameter ${unused.name}`);
  const missing = graph.outputs.find((name) => !values.has(name));
  if (missing !== undefined) throw invalid(`nothing makes the output "${missing}"`);
  return graph;
}

function checkParameters(graph: Graph): Parameters {
  const parameters: Parameters = new Map();
  let elements = 0;
  for (const { name, shape, initialiser, trainable, buffer } of graph.parameters) {
    if (shape.some((size) => !Number.isInteger(size) || size < 1))
      throw invalid(`parameter ${name}: [${shape}] is no shape`);
    if (!isSound(initialiser))
      throw invalid(`parameter ${name}: its ${initialiser.rule} initialiser is negative or not finite`);
    if (trainable && buffer) throw invalid(`parameter ${name}: a buffer can't be trained`);
    define(parameters, name, { shape, buffer });
    elements += elementCount(shape);
    if (!(elements <= LIMITS.elements))
      throw invalid(`parameter ${name}: the model would have over ${LIMITS.elements} values`);
  }
  return parameters;
}

/** Whether every number that it draws is finite, as float32 too. */
function isSound(initialiser: Initialiser): boolean {
  switch (initialiser.rule) {
    case "uniform":
      return Number.isFinite(Math.fround(initialiser.bound)) && initialiser.bound >= 0;
    case "normal":
      return Number.isFinite(Math.fround(initialiser.deviation)) && initialiser.deviation >= 0;
    case "constant":
      return Number.isFinite(Math.fround(initialiser.value));
    default:
      return initialiser satisfies never;
  }
}

function checkInPlace(node: GraphNode, values: Shapes, parameters: Parameters, used: Set<string>): void {
  const { name: place, attributes } = node;
  const inputs = node.inputs.map((input) => values.get(input) ?? fail(`${place}: nothing before it makes "${input}"`));
  const roles = Object.entries(node.parameters).map(([role, name]) => {
    const parameter = parameters.get(name) ?? fail(`${place}: there is no parameter "${name}"`);
    used.add(name);
    return [role, parameter] as const;
  });
  const shape = checkNode(opNamed(node.op, place), {
    place,
    inputs,
    attributes,
    parameters: Object.fromEntries(roles),
  });
  if (shape.length !== node.shape.length || shape.some((size, axis) => size !== node.shape[axis]))
    throw new TributaryError("shape_mismatch", `${place}: says [${node.shape}], but makes [${shape}]`);
  define(values, place, shape);
}

function checkInputShape(name: string, shape: readonly number[]): void {
  const [batch, ...sizes] = shape;
  const plausible = batch === -1 && sizes.every((size) => Number.isInteger(size) && size >= 1);
  if (!plausible || !(elementCount(sizes) <= LIMITS.elements))
    throw invalid(`input ${name}: [${shape}] is no shape of a batch`);
}

function define<T>(named: Map<string, T>, name: string, value: T): void {
  if (named.has(name)) throw invalid(`the name "${name}" is used twice`);
  named.set(name, value);
}

function fail(message: string): never {
  throw invalid(message);
}
