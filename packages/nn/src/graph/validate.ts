import { elementCount, TributaryError } from "@tributary/protocol";
import { checkNode, opNamed } from "../ops/catalogue.js";
import type { Graph, GraphNode, Initialiser } from "./graph.js";

/** What a graph from outside may have at most, so that checking it is bounded. */
const LIMITS = { nodes: 10_000, parameters: 100_000, elements: 2 ** 31 - 1, dimensions: 16, nameLength: 256 } as const;

const invalid = (message: string) => new TributaryError("invalid_graph", message);

/**
 * Checks a graph that came from outside: ops of the catalogue, inputs made before they are used (so no cycle), names used once,
 * parameters that exist and fit, and every shape as inferred again.
 *
 * @throws TributaryError `invalid_graph`, `shape_mismatch` naming the node
 */
export function validateGraph(graph: Graph): Graph {
  if (graph.nodes.length > LIMITS.nodes)
    throw invalid(`the graph has ${graph.nodes.length} nodes, ${LIMITS.nodes} at most`);
  if (graph.parameters.length > LIMITS.parameters)
    throw invalid(`the graph has ${graph.parameters.length} parameters, ${LIMITS.parameters} at most`);
  checkName("the graph", graph.name);
  const parameters = checkParameters(graph);
  const values = new Map<string, readonly number[]>();
  for (const { name, shape } of graph.inputs) {
    checkName("an input", name);
    checkValueShape(`input ${name}`, shape);
    define(values, name, shape);
  }
  const used = new Set<string>();
  for (const node of graph.nodes) checkOneNode(node, values, parameters, used);
  const unused = graph.parameters.find(({ name }) => !used.has(name));
  if (unused) throw invalid(`no node uses the parameter ${unused.name}`);
  if (graph.inputs.length === 0) throw invalid("the graph has no input");
  if (graph.outputs.length === 0) throw invalid("the graph has no output");
  const missing = graph.outputs.find((name) => !values.has(name));
  if (missing !== undefined) throw invalid(`nothing makes the output "${short(missing)}"`);
  return graph;
}

function checkParameters(graph: Graph): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  let elements = 0;
  for (const { name, shape, initialiser } of graph.parameters) {
    checkName("a parameter", name);
    if (shape.length > LIMITS.dimensions || shape.some((size) => !Number.isInteger(size) || size < 1))
      throw invalid(`parameter ${name}: [${shape.slice(0, LIMITS.dimensions)}] is no shape`);
    if (!Number.isFinite(numberOf(initialiser))) throw invalid(`parameter ${name}: its initialiser is not finite`);
    define(shapes, name, shape);
    elements += elementCount(shape);
    if (!(elements <= LIMITS.elements))
      throw invalid(`parameter ${name}: the model would have over ${LIMITS.elements} values`);
  }
  return shapes;
}

function numberOf(initialiser: Initialiser): number {
  switch (initialiser.rule) {
    case "uniform":
      return initialiser.bound;
    case "normal":
      return initialiser.deviation;
    case "constant":
      return initialiser.value;
    default:
      return initialiser satisfies never;
  }
}

function checkOneNode(
  node: GraphNode,
  values: Map<string, readonly number[]>,
  parameters: ReadonlyMap<string, readonly number[]>,
  used: Set<string>,
): void {
  checkName("a node", node.name);
  const inputs = node.inputs.map(
    (input) => values.get(input) ?? fail(`${node.name}: nothing before it makes "${short(input)}"`),
  );
  const roles = Object.entries(node.parameters).map(([role, name]) => {
    const shape = parameters.get(name) ?? fail(`${node.name}: there is no parameter "${short(name)}"`);
    used.add(name);
    return [role, shape] as const;
  });
  const { name: place, attributes } = node;
  const shape = checkNode(opNamed(node.op, place), {
    place,
    inputs,
    attributes,
    parameters: Object.fromEntries(roles),
  });
  if (shape.length !== node.shape.length || shape.some((size, axis) => size !== node.shape[axis]))
    throw new TributaryError("shape_mismatch", `${place}: says [${node.shape}], but makes [${shape}]`);
  define(values, node.name, shape);
}

function checkValueShape(place: string, shape: readonly number[]): void {
  const [batch, ...sizes] = shape;
  const plausible =
    batch === -1 && shape.length <= LIMITS.dimensions && sizes.every((size) => Number.isInteger(size) && size >= 1);
  if (!plausible || !(elementCount(sizes) <= LIMITS.elements))
    throw invalid(`${place}: [${shape.slice(0, LIMITS.dimensions)}] is no shape of a batch`);
}

function checkName(what: string, name: string): void {
  if (name === "" || name.length > LIMITS.nameLength || name === "__proto__")
    throw invalid(`${what} has the name "${short(name)}"; 1 to ${LIMITS.nameLength} characters are wanted`);
}

function define(names: Map<string, readonly number[]>, name: string, shape: readonly number[]): void {
  if (names.has(name)) throw invalid(`the name "${short(name)}" is used twice`);
  names.set(name, shape);
}

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

function fail(message: string): never {
  throw invalid(message);
}
