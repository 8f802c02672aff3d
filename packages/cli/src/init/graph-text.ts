import type { Graph } from "@tributary/nn";

/** A graph's JSON for people: a line for each node and for each parameter. */
export function graphText(graph: Graph): string {
  const parts = Object.entries(graph).map(([key, value]) => `  ${JSON.stringify(key)}: ${partText(value)}`);
  return `{\n${parts.join(",\n")}\n}\n`;
}

function partText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value);
  return `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
}
