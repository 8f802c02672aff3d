import { createHash } from "node:crypto";
import { oneLine, TributaryError, v1 } from "@tributary/protocol";
import { checkCounts } from "./bounds.js";
import type { Attribute, Graph, GraphParameter, Initialiser } from "./graph.js";
import { validateGraph } from "./validate.js";

/** The graph as the protobuf message that travels. */
export function encodeGraph(graph: Graph): v1.Graph {
  return v1.Graph.fromObject({
    name: graph.name,
    inputs: graph.inputs,
    nodes: graph.nodes.map((node) => ({
      ...node,
      parameters: sorted(node.parameters),
      attributes: Object.fromEntries(
        Object.entries(sorted(node.attributes)).map(([name, value]) => [name, encodeAttribute(value)]),
      ),
    })),
    outputs: graph.outputs,
    parameters: graph.parameters.map(({ initialiser, ...parameter }) => ({
      ...parameter,
      initialiser: encodeInitialiser(initialiser),
    })),
  });
}

/**
 * The graph that a peer sent.
 * @throws TributaryError `invalid_graph`, `shape_mismatch`
 */
export function decodeGraph(message: v1.Graph.$Properties): Graph {
  checkCounts(message);
  return validateGraph({
    name: message.name ?? "",
    inputs: (message.inputs ?? []).map(({ name, shape }) => ({ name: name ?? "", shape: shape ?? [] })),
    nodes: (message.nodes ?? []).map(({ name, op, inputs, parameters, attributes, shape, module }) => ({
      name: name ?? "",
      op: op ?? "",
      inputs: inputs ?? [],
      parameters: parameters ?? {},
      attributes: Object.fromEntries(
        Object.entries(attributes ?? {}).map(([key, value]) => [key, decodeAttribute(key, value)]),
      ),
      shape: shape ?? [],
      module: module ?? "",
    })),
    outputs: message.outputs ?? [],
    parameters: (message.parameters ?? []).map(decodeParameter),
  });
}

/** SHA-256 of the encoded graph, hexadecimal: the same network, the same digest. */
export const graphDigest = (graph: Graph): string =>
  createHash("sha256")
    .update(v1.Graph.encode(encodeGraph(graph)).finish())
    .digest("hex");

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

function encodeAttribute(value: Attribute): v1.Graph.Attribute.$Properties {
  switch (typeof value) {
    case "number":
      return { number: value };
    case "string":
      return { text: value };
    case "boolean":
      return { flag: value };
    default:
      return { numbers: { values: [...value] } };
  }
}

function decodeAttribute(name: string, { number, text, flag, numbers }: v1.Graph.Attribute.$Properties): Attribute {
  const value = numbers ? (numbers.values ?? []) : (number ?? text ?? flag);
  if (value === undefined || value === null)
    throw new TributaryError("invalid_graph", `the attribute "${oneLine(name, 60)}" has no value`);
  return value;
}

function encodeInitialiser(initialiser: Initialiser): v1.Graph.Initialiser.$Properties {
  switch (initialiser.rule) {
    case "uniform":
      return { uniformBound: initialiser.bound };
    case "normal":
      return { normalDeviation: initialiser.deviation };
    case "constant":
      return { constant: initialiser.value };
    default:
      return initialiser satisfies never;
  }
}

function decodeParameter({
  name,
  shape,
  initialiser,
  trainable,
  buffer,
}: v1.Graph.Parameter.$Properties): GraphParameter {
  return {
    name: name ?? "",
    shape: shape ?? [],
    initialiser: decodeInitialiser(name ?? "", initialiser),
    trainable: trainable ?? false,
    buffer: buffer ?? false,
  };
}

function decodeInitialiser(name: string, message: v1.Graph.Initialiser.$Properties | null | undefined): Initialiser {
  const { uniformBound, normalDeviation, constant } = message ?? {};
  if (uniformBound !== undefined && uniformBound !== null) return { rule: "uniform", bound: uniformBound };
  if (normalDeviation !== undefined && normalDeviation !== null) return { rule: "normal", deviation: normalDeviation };
  if (constant !== undefined && constant !== null) return { rule: "constant", value: constant };
  throw new TributaryError("invalid_graph", `parameter ${oneLine(name, 60)} has no initialiser`);
}
