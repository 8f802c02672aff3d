import { elementCount } from "@tributary/protocol";
import type { Graph, GraphNode } from "./graph/graph.js";
import { shapeText } from "./ops/op.js";

/** How many numbers the parameters of a model are, its buffers left out. */
export const parameterCount = ({ parameters }: Graph): number =>
  parameters.reduce((sum, { shape, buffer }) => sum + (buffer ? 0 : elementCount(shape)), 0);

/** A table for people: each op with its output shape and its number of parameters, and the totals. */
export function summary(graph: Graph): string {
  const sizes = new Map(graph.parameters.map(({ name, shape, buffer }) => [name, buffer ? 0 : elementCount(shape)]));
  const counted = new Set<string>();
  const countOf = ({ parameters }: GraphNode) => {
    const fresh = Object.values(parameters).filter((name) => !counted.has(name));
    for (const name of fresh) counted.add(name);
    return fresh.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  };
  const rows = [
    ["layer", "op", "output", "parameters"],
    ...graph.inputs.map(({ name, shape }) => [name, "", shapeText(shape), ""]),
    ...graph.nodes.map((node) => [node.name, node.op, shapeText(node.shape), countOf(node).toLocaleString("en-US")]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const total = parameterCount(graph).toLocaleString("en-US");
  return [graph.name, ...lines, `${total} parameters`].join("\n");
}
