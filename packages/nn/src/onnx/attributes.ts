import { TributaryError } from "@tributary/protocol";
import type { GraphNode } from "../graph/graph.js";

const wrong = ({ name, op }: GraphNode, attribute: string, wanted: string) =>
  new TributaryError("invalid_graph", `${name}: attribute "${attribute}" of ${op} must be ${wanted}`);

/** @throws TributaryError `invalid_graph` */
export function numberOf(node: GraphNode, attribute: string): number {
  const value = node.attributes[attribute];
  if (typeof value !== "number") throw wrong(node, attribute, "a number");
  return value;
}

/** @throws TributaryError `invalid_graph` */
export function numbersOf(node: GraphNode, attribute: string): readonly number[] {
  const value = node.attributes[attribute];
  if (typeof value !== "object") throw wrong(node, attribute, "numbers");
  return value;
}

/** How much lies before each axis, then after each, as ONNX has it; the catalogue has both axis by axis. */
export function padsOf(node: GraphNode): readonly number[] {
  const padding = numbersOf(node, "padding");
  return [...padding.filter((_, at) => at % 2 === 0), ...padding.filter((_, at) => at % 2 === 1)];
}
